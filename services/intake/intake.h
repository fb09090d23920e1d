#pragma once

#include "base/service.h"
#include "tierline/intake/v1/intake.pb.h"

namespace tierline::intake {

// What may happen to an inquiry (R-3xx): open -> answered on the spot, or registered -> closed ->
// reopened.
//
//             +--AnswerInquiry--------------------> closed
//   (none)--OpenInquiry--> open --RegisterInquiry--> registered --CloseInquiry--> closed
//                           |                            ^                          |
//                           +--CloseInquiry--> closed    +------ReopenInquiry-------+
//
// TakeOver makes a superior of the owner the owner, in any state but closed.
//
// A voice message is owed an inquiry: "open_from_message", which opens one on the channel
// VOICE_MESSAGE, not yet classified; RecordCallback says that the caller was called back.
//
// A command's body is intake::v1::Command; its free text is sealed before it becomes part of an
// event.
class IntakeService final : public Service {
 public:
  base::v1::Service id() const override { return base::v1::SERVICE_INTAKE; }
  Decision Decide(const Subject& subject, const Command& command,
                  const Context& context) const override;
  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override;
  Event React(const Subject& subject, const Obligation& obligation,
              const Context& context) const override;
  int64_t Version(const Subject& subject) const override { return subject.inquiry().version(); }
  void AppendDigest(const Subject& subject, std::string* out) const override;
};

// The reaction to a voice message.
inline constexpr std::string_view kOpenFromMessage = "open_from_message";

// The inquiry as clients see it.
v1::Inquiry Describe(std::string_view inquiry_id, const Subject& subject);

}  // namespace tierline::intake
