#include "tests/chaos/hotline.h"

#include <iterator>
#include <utility>

#include "tests/chaos/state_check.h"

namespace tierline::chaos {
namespace {

constexpr int64_t kBatch = 1000;
constexpr log::TopicPartition kDirectory{log::Topic::kDirectory, 0};

std::vector<std::unique_ptr<Service>> Only(std::unique_ptr<Service> service) {
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::move(service));
  return services;
}

void BlankSealed(google::protobuf::Message* message) {
  if (message->GetDescriptor() == base::v1::Sealed::descriptor()) {
    auto* const sealed = static_cast<base::v1::Sealed*>(message);
    sealed->clear_nonce();
    sealed->clear_ciphertext();
    return;
  }
  const auto* const reflection = message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      BlankSealed(reflection->MutableMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i)
      BlankSealed(reflection->MutableRepeatedMessage(message, field, i));
  }
}

}  // namespace

Hotline::Hotline(std::unique_ptr<directory::DirectoryService> service)
    : fold_("", Only(std::move(service)), nullptr),
      service_(static_cast<const directory::DirectoryService*>(fold_.services().front().get())) {}

absl::StatusOr<std::unique_ptr<Hotline>> Hotline::Open(log::EventLog* log) {
  std::unique_ptr<Hotline> hotline(new Hotline(std::make_unique<directory::DirectoryService>()));
  partition::Fold& fold = hotline->fold_;
  const auto end = log->End(kDirectory);
  if (!end.ok()) return end.status();
  while (fold.offset() < *end) {
    const auto next =
        log->Read(kDirectory, fold.offset(), kBatch, [&](Offset offset, const RecordView& record) {
          const auto before = hotline->service_->newest();
          fold.Apply(offset, record, nullptr);
          auto now = hotline->service_->newest();
          if (now != before) hotline->snapshots_[fold.offset()] = std::move(now);
          return true;
        });
    if (!next.ok()) return next.status();
  }
  return hotline;
}

std::vector<std::unique_ptr<Service>> Hotline::MakeServices() const { return ServicesOf("all"); }

partition::DirectoryAt Hotline::DirectoryAt(int64_t position) const {
  const auto after = snapshots_.upper_bound(position);
  if (after == snapshots_.begin()) return {.position = position};
  const directory::Directory* const directory = std::prev(after)->second.get();
  return {.directory = directory, .position = position, .zone = directory->zone()};
}

void Hotline::Blank(Event* event) const { BlankSealed(event); }

}  // namespace tierline::chaos
