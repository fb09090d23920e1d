#include "tools/load/route_check.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "routing/decide_route.h"
#include "routing/menu.h"

namespace tierline::load {
namespace {

class Checker {
 public:
  Checker(const History& history, const directory::Directory& directory, RouteCheck* check)
      : history_(history), directory_(directory), check_(check) {}

  void Check() {
    for (const auto& record : history_.records) {
      const events::v1::Event& event = record.event();
      if (event.has_call_received()) {
        input_ = &event.call_received().input();
        Expect(record.id(), nullptr, event.call_received().decision());
      } else if (event.has_menu_chosen() && input_ != nullptr) {
        Expect(record.id(), &event.menu_chosen().keys(), event.menu_chosen().decision());
      }
    }
  }

 private:
  void Expect(const std::string& event, const std::string* keys,
              const events::v1::Decision& recorded) {
    const directory::Directory& then = directory_.At(absl::FromUnixMillis(input_->arrived_at_ms()));
    routing::Route route = routing::DecideRoute(*input_, then);
    if (keys != nullptr) route = routing::Navigate(route, *keys, then);
    const events::v1::Decision derived = routing::ToProto(route, then);
    ++check_->routes;
    if (derived.SerializeAsString() == recorded.SerializeAsString()) return;
    check_->faults.push_back(absl::StrCat("inquiry ", history_.inquiry_id, ": ", event,
                                          " records the route ", recorded.ShortDebugString(),
                                          ", derived again it is ", derived.ShortDebugString()));
  }

  const History& history_;
  const directory::Directory& directory_;
  RouteCheck* check_;
  const events::v1::RouteInput* input_ = nullptr;
};

}  // namespace

RouteCheck CheckRoutes(const History& history, const directory::Directory& directory) {
  RouteCheck check;
  Checker(history, directory, &check).Check();
  return check;
}

}  // namespace tierline::load
