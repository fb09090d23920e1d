#include <memory>

#include "tierline/intake/v1/intake.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/receipt.h"

namespace tierline::cli {
namespace {

using events::v1::CloseOutcome;
using events::v1::InquiryChannel;

constexpr std::string_view kId = "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21";

std::string Example(std::string_view command, std::string_view options) {
  std::string text = "tierline inquiry ";
  text.append(command).append(" ").append(kId);
  if (!options.empty()) text.append(" ").append(options);
  return text;
}

// Options of every command about an inquiry.
template <typename Request>
void AddTarget(CLI::App* command, Request* request) {
  AddInquiry(command, request->mutable_inquiry_id());
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
}

ExitCode Open(Program* program, intake::v1::OpenInquiryRequest request) {
  intake::v1::OpenInquiryResponse response;
  const ExitCode code = program->Send(kIntake, "OpenInquiry", &request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Fields fields = {{"inquiry", response.inquiry_id()}};
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

void AddOpen(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "open", "Opens an inquiry from a call, or by hand",
      "tierline inquiry open --office 340100 --category dues --question '党费怎么交？'\n"
      "tierline inquiry open --inquiry 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --category rights\n"
      "tierline inquiry open --office 340100 --category other --urgent --question - < letter.txt");
  auto request = std::make_shared<intake::v1::OpenInquiryRequest>();
  auto channel = std::make_shared<std::string>();
  auto flags = std::make_shared<std::pair<bool, bool>>();
  command->add_option("--inquiry", *request->mutable_inquiry_id(),
                      "Id that the call was given; none: opened by hand");
  command->add_option("--channel", *channel, "How it came; else call with --inquiry, or by_hand")
      ->check(CLI::IsMember(NamesOf<InquiryChannel>()));
  command->add_option("--office", *request->mutable_office(),
                      "Code of the owning office; none, for a call: that which served it");
  command->add_option("--category", *request->mutable_category(), "Code of the pack's list")
      ->required();
  command->add_flag("--urgent", flags->first, "Reported up the chain at once");
  command->add_flag("--important", flags->second, "Reported up the chain");
  AddText(command, "--question", request->mutable_question(), "What the caller wants");
  AddText(command, "--caller-name", request->mutable_caller_name(), "Name of the caller");
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    const bool call = !request->inquiry_id().empty();
    request->set_channel(!channel->empty() ? ValueOf<InquiryChannel>(*channel)
                         : call            ? events::v1::INQUIRY_CHANNEL_CALL
                                           : events::v1::INQUIRY_CHANNEL_BY_HAND);
    request->set_urgent(flags->first);
    request->set_important(flags->second);
    return Open(program, *request);
  });
}

void AddClassify(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "classify", "Sets category, urgency and importance, all three",
                 Example("classify", "--category membership --urgent"));
  auto request = std::make_shared<intake::v1::ClassifyInquiryRequest>();
  auto flags = std::make_shared<std::pair<bool, bool>>();
  AddTarget(command, request.get());
  command->add_option("--category", *request->mutable_category(), "Code of the pack's list")
      ->required();
  command->add_flag("--urgent", flags->first, "Urgent; without it: not urgent");
  command->add_flag("--important", flags->second, "Important; without it: not important");
  program->OnRun(command, [=] {
    request->set_urgent(flags->first);
    request->set_important(flags->second);
    return SendAndPrint<intake::v1::ClassifyInquiryResponse>(program, kIntake, "ClassifyInquiry",
                                                             request.get());
  });
}

void AddAnswer(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "answer", "Answers on the spot, which closes the inquiry",
                 Example("answer", "--answer '按月交纳。' --cite basic-business/7"));
  auto request = std::make_shared<intake::v1::AnswerInquiryRequest>();
  auto citations = std::make_shared<std::vector<std::string>>();
  AddTarget(command, request.get());
  AddText(command, "--answer", request->mutable_answer(), "What the caller was told")->required();
  command->add_option("--cite", *citations, "Ids of directory entries; may be repeated");
  program->OnRun(command, [=] {
    for (const std::string& citation : *citations) request->add_citations(citation);
    return SendAndPrint<intake::v1::AnswerInquiryResponse>(program, kIntake, "AnswerInquiry",
                                                           request.get());
  });
}

void AddRegister(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "register",
      "Registers what can not be solved now, with the explanation that was given",
      Example("register", "--explanation '需要核实' --next-step '三日内答复'") + "\n" +
          Example("register",
                  "--explanation - --next-step '转办' --not-solvable < explanation.txt"));
  auto request = std::make_shared<intake::v1::RegisterInquiryRequest>();
  auto not_solvable = std::make_shared<bool>(false);
  AddTarget(command, request.get());
  AddText(command, "--explanation", request->mutable_explanation(),
          "What the caller was told (R-303)")
      ->required();
  AddText(command, "--next-step", request->mutable_next_step(), "What happens next (R-303)")
      ->required();
  command->add_flag("--not-solvable", *not_solvable, "It can not be solved for now (R-307)");
  program->OnRun(command, [=] {
    request->set_solvable(!*not_solvable);
    return SendAndPrint<intake::v1::RegisterInquiryResponse>(program, kIntake, "RegisterInquiry",
                                                             request.get());
  });
}

void AddNote(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "note", "Adds a line to the inquiry's record",
                                 Example("note", "--note '已电话联系'"));
  auto request = std::make_shared<intake::v1::AddNoteRequest>();
  AddTarget(command, request.get());
  AddText(command, "--note", request->mutable_note(), "The line")->required();
  program->OnRun(command, [=] {
    return SendAndPrint<intake::v1::AddNoteResponse>(program, kIntake, "AddNote", request.get());
  });
}

void AddClose(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "close", "Closes a registered inquiry",
                                 Example("close", "--outcome resolved --remark '已办结'"));
  auto request = std::make_shared<intake::v1::CloseInquiryRequest>();
  auto outcome = std::make_shared<std::string>();
  AddTarget(command, request.get());
  command->add_option("--outcome", *outcome, "How it ended")
      ->required()
      ->check(CLI::IsMember(NamesOf<CloseOutcome>()));
  AddText(command, "--remark", request->mutable_remark(), "A remark");
  program->OnRun(command, [=] {
    request->set_outcome(ValueOf<CloseOutcome>(*outcome));
    return SendAndPrint<intake::v1::CloseInquiryResponse>(program, kIntake, "CloseInquiry",
                                                          request.get());
  });
}

void AddReopen(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "reopen", "Opens a closed inquiry again",
                                 Example("reopen", "--reason '来电人未满意'"));
  auto request = std::make_shared<intake::v1::ReopenInquiryRequest>();
  AddTarget(command, request.get());
  AddText(command, "--reason", request->mutable_reason(), "Why")->required();
  program->OnRun(command, [=] {
    return SendAndPrint<intake::v1::ReopenInquiryResponse>(program, kIntake, "ReopenInquiry",
                                                           request.get());
  });
}

void AddCallback(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "callback", "Whoever left a message was called back, or an attempt found nobody",
      Example("callback", "--reached --remark '已答复'") + "\n" + Example("callback", ""));
  auto request = std::make_shared<intake::v1::RecordCallbackRequest>();
  auto reached = std::make_shared<bool>(false);
  AddTarget(command, request.get());
  command->add_flag("--reached", *reached, "He was reached; without it: nobody answered");
  AddText(command, "--remark", request->mutable_remark(), "A remark");
  program->OnRun(command, [=] {
    request->set_reached(*reached);
    return SendAndPrint<intake::v1::RecordCallbackResponse>(program, kIntake, "RecordCallback",
                                                            request.get());
  });
}

void AddTakeOver(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "take-over", "A superior of the owner makes itself the owner",
                 Example("take-over", "--office 340000 --reason '涉及多个市'"));
  auto request = std::make_shared<intake::v1::TakeOverRequest>();
  AddTarget(command, request.get());
  command->add_option("--office", *request->mutable_office(), "Code of the new owner")->required();
  AddText(command, "--reason", request->mutable_reason(), "Why")->required();
  program->OnRun(command, [=] {
    return SendAndPrint<intake::v1::TakeOverResponse>(program, kIntake, "TakeOver", request.get());
  });
}

ExitCode Show(Program* program, const intake::v1::GetInquiryRequest& request) {
  intake::v1::GetInquiryResponse response;
  const ExitCode code = program->Ask(kIntake, "GetInquiry", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  const intake::v1::Inquiry& inquiry = response.inquiry();
  const bool registered = inquiry.registered_at_ms() != 0;
  Labels labels(program);
  program->out().Print(
      Fields{{"inquiry", inquiry.inquiry_id()},
             {"etag", inquiry.etag()},
             {"status", NameOf(inquiry.status())},
             {"channel", NameOf(inquiry.channel())},
             {"office", labels.Office(inquiry.office())},
             {"level", NameOf(inquiry.level())},
             {"category", inquiry.category()},
             {"urgent", YesNo(inquiry.urgent())},
             {"important", YesNo(inquiry.important())},
             {"solvable", registered ? YesNo(inquiry.solvable()) : ""},
             {"outcome", NameOf(inquiry.outcome())},
             {"opened", labels.Time(inquiry.opened_at_ms())},
             {"registered", labels.Time(inquiry.registered_at_ms())},
             {"closed", labels.Time(inquiry.closed_at_ms())},
             {"reopened", inquiry.reopened() > 0 ? std::to_string(inquiry.reopened()) : ""},
             {"on the spot", inquiry.answered_on_the_spot() ? "yes" : ""},
             {"call back by", labels.Time(inquiry.callback_due_at_ms())},
             {"called back", labels.Time(inquiry.called_back_at_ms())}});
  return kOk;
}

void AddShow(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "show", "The inquiry as it stands", Example("show", ""));
  auto request = std::make_shared<intake::v1::GetInquiryRequest>();
  AddInquiry(command, request->mutable_inquiry_id());
  program->OnRun(command, [=] { return Show(program, *request); });
}

}  // namespace

void AddInquiryCommands(CLI::App* root, Program* program) {
  CLI::App* group =
      AddGroup(root, "inquiry", "Opens inquiries, answers or registers them, and closes them",
               "tierline inquiry open --office 340100 --category dues --question '党费怎么交？'\n" +
                   Example("answer", "--answer -") + "\n" + Example("show", ""));
  AddOpen(group, program);
  AddClassify(group, program);
  AddAnswer(group, program);
  AddRegister(group, program);
  AddNote(group, program);
  AddClose(group, program);
  AddReopen(group, program);
  AddCallback(group, program);
  AddTakeOver(group, program);
  AddSupervisionCommands(group, program);
  AddShow(group, program);
}

}  // namespace tierline::cli
