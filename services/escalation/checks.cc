#include "escalation/checks.h"

#include "escalation/holders.h"

namespace tierline::escalation {

Rejection Refused(std::string reason, std::string rule, std::string message) {
  return {.reason = std::move(reason), .message = std::move(message), .rule = std::move(rule)};
}

Refusal CheckThere(const Subject& subject, std::string rule) {
  if (OwnerOf(subject) != nullptr) return {};
  return Rejection{.code = absl::StatusCode::kNotFound,
                   .reason = "INQUIRY_NOT_FOUND",
                   .message = "there is no inquiry with this id; open it first",
                   .rule = std::move(rule),
                   .field = "inquiry_id"};
}

Refusal CheckOffice(const std::string& office, const directory::Directory* directory,
                    directory::OfficeIndex* index) {
  *index = directory == nullptr ? directory::kNoOffice : directory->offices().Find(office);
  if (*index != directory::kNoOffice) return {};
  return InvalidField("office", office.substr(0, 16), "R-201", "is not an office of the directory");
}

Refusal CheckAbove(directory::OfficeIndex superior, const std::string& owner,
                   const directory::Directory& directory, std::string rule) {
  const auto& offices = directory.offices();
  const auto below = offices.Find(owner);
  if (below != directory::kNoOffice && below != superior && offices.IsInSubtree(below, superior))
    return {};
  return Rejection{.code = absl::StatusCode::kFailedPrecondition,
                   .reason = "NOT_A_SUPERIOR",
                   .message = "office: does not stand above the owner, " + owner,
                   .rule = std::move(rule),
                   .field = "office",
                   .value = offices[superior].code};
}

const directory::Directory* InForce(const Context& context) {
  return context.directory == nullptr ? nullptr : &context.directory->At(context.now);
}

std::string SuperiorOf(const std::string& code, const directory::Directory* directory) {
  if (directory == nullptr) return {};
  const auto& offices = directory->offices();
  const auto office = offices.Find(code);
  if (office == directory::kNoOffice || offices[office].parent == directory::kNoOffice) return {};
  return offices[offices[office].parent].code;
}

}  // namespace tierline::escalation
