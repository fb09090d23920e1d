#include <algorithm>

#include "base/phone_number.h"
#include "routing/decide_route.h"

namespace tierline::routing {
namespace {

using events::v1::RouteInput;

constexpr size_t kExchangeDigits = 4;
constexpr size_t kSegmentDigits = 7;
constexpr size_t kAreaDigitsMax = 5;

std::string Text(std::string_view text) { return std::string(text); }

// Only what can be an area code: anything longer might be a person's number.
std::string AreaCodeOnly(const std::string& text) {
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && text.size() <= kAreaDigitsMax ? text : "";
}

events::v1::CallerKind KindOf(CallerKind kind) {
  switch (kind) {
    case CallerKind::kWithheld:
      return events::v1::CALLER_KIND_WITHHELD;
    case CallerKind::kForeign:
      return events::v1::CALLER_KIND_FOREIGN;
    case CallerKind::kShort:
      return events::v1::CALLER_KIND_SHORT;
    case CallerKind::kMobile:
      return events::v1::CALLER_KIND_MOBILE;
    case CallerKind::kLandline:
      return events::v1::CALLER_KIND_LANDLINE;
    case CallerKind::kMalformed:
      return events::v1::CALLER_KIND_MALFORMED;
  }
  return events::v1::CALLER_KIND_MALFORMED;
}

bool IsShared(std::string_view area_code, const directory::Directory& directory) {
  const directory::AreaIndex area = directory.plan().FindArea(area_code);
  return area != directory::kNoArea && directory.plan()[area].Homes().size() > 1;
}

void SetCaller(const v1::CallArrival& call, const directory::Directory& directory,
               RouteInput* input) {
  const Caller caller = ParseCaller(call.caller(), input->trunk_area(), directory.numbering());
  input->set_caller(KindOf(caller.kind));
  if (caller.kind == CallerKind::kLandline) {
    input->set_caller_area(Text(caller.area_code.view()));
    if (IsShared(caller.area_code.view(), directory)) {
      input->set_caller_prefix(Text(LandlineExchange(caller, kExchangeDigits)));
    }
  } else if (caller.kind == CallerKind::kMobile) {
    input->set_caller_prefix(
        Text(MobileSegment(caller, directory.numbering()).substr(0, kSegmentDigits)));
    // Where a person is, is recorded only if it decides.
    if (directory.hotline().use_network_location()) {
      input->set_location_area(AreaCodeOnly(call.location_area()));
    }
  }
}

}  // namespace

RouteInput MakeInput(const v1::CallArrival& call, int64_t now_ms,
                     const directory::Directory& directory) {
  RouteInput input;
  FillInput(call, now_ms, directory, &input);
  return input;
}

void FillInput(const v1::CallArrival& call, int64_t now_ms, const directory::Directory& directory,
               RouteInput* input) {
  input->set_arrived_at_ms(call.arrived_at_ms() != 0 ? call.arrived_at_ms() : now_ms);
  input->set_trunk_area(AreaCodeOnly(call.trunk_area()));
  const auto dialled = ParseDialled(call.dialled(), directory.numbering());
  if (!dialled.ok()) {
    input->set_dialled(events::v1::DIALLED_KIND_MALFORMED);
  } else if (dialled->area_code.empty()) {
    input->set_dialled(events::v1::DIALLED_KIND_BARE);
  } else {
    input->set_dialled(events::v1::DIALLED_KIND_AREA);
    input->set_dialled_area(Text(dialled->area_code.view()));
  }
  SetCaller(call, directory, input);
}

}  // namespace tierline::routing
