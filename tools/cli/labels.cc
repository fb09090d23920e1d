#include "tools/cli/labels.h"

#include "absl/strings/str_cat.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/times.h"

namespace tierline::cli {

std::string Labels::Office(const std::string& code) {
  if (code.empty()) return "";
  const std::string& name = NameOf(code);
  return name.empty() ? code : absl::StrCat(code, " ", name);
}

const std::string& Labels::NameOf(const std::string& code) {
  const auto known = names_.find(code);
  if (known != names_.end()) return known->second;
  directory::v1::GetOfficeRequest request;
  directory::v1::GetOfficeResponse response;
  request.set_code(code);
  if (!code.empty()) (void)program_->Call(kDirectory, "GetOffice", request, &response);
  return names_[code] = response.office().name();
}

void Labels::LoadNames() {
  directory::v1::ListOfficesRequest request;
  directory::v1::ListOfficesResponse response;
  request.set_page_size(1000);
  do {
    response.Clear();
    if (!program_->Call(kDirectory, "ListOffices", request, &response).ok()) return;
    for (const auto& office : response.offices()) names_[office.code()] = office.name();
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
}

absl::TimeZone Labels::zone() {
  if (zone_known_) return zone_;
  zone_known_ = true;
  directory::v1::GetDirectoryResponse response;
  if (program_->Call(kDirectory, "GetDirectory", directory::v1::GetDirectoryRequest(), &response)
          .ok()) {
    absl::LoadTimeZone(response.hotline().time_zone(), &zone_);
  }
  return zone_;
}

std::string Labels::Time(int64_t ms) { return ms == 0 ? "" : FormatInstantMs(ms, zone()); }

std::string PositionToString(const base::v1::Position& position) {
  return absl::StrCat(position.partition(), ":", position.history(), ", directory ",
                      position.directory());
}

std::string YesNo(bool value) { return value ? "yes" : "no"; }

}  // namespace tierline::cli
