// DecideRoute: what would become of a call, now or at any instant.

#include <google/protobuf/arena.h>

#include <memory>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "routing/checks.h"
#include "routing/explain.h"
#include "routing/menu.h"
#include "routing/prompts.h"
#include "routing/reasons.h"
#include "routing/routing.h"
#include "routing/rpc.h"

namespace tierline::routing {
namespace {

using google::protobuf::Arena;

// About 3 KB each; all of one snapshot and its neighbours.
constexpr size_t kMenusMax = 2000;

// What a request and its answer take without a menu.
constexpr size_t kArenaBytes = 4096;

// The menus of the directory's snapshots, made when they are first asked for: one is dozens of
// small strings, which cost more than a decision.
class Menus {
 public:
  // The menu of `decision`, which is a MENU, in `then`. `position` is that of the directory: the
  // snapshots of another one are others. Valid until the next call.
  v1::Menu* Of(const Route& route, const events::v1::Decision& decision,
               const directory::Directory& then, int64_t position) {
    const bool stale = std::exchange(position_, position) != position;
    if (stale || menus_.size() >= kMenusMax) menus_.clear();
    auto& menu = menus_[{&then, route.menu_area, route.locality}];
    if (menu == nullptr) menu = std::make_unique<v1::Menu>(MenuOf(decision, then));
    return menu.get();
  }

 private:
  using Key = std::tuple<const directory::Directory*, directory::AreaIndex, directory::OfficeIndex>;
  int64_t position_ = -1;
  absl::flat_hash_map<Key, std::unique_ptr<v1::Menu>> menus_;
};

class DryRun {
 public:
  explicit DryRun(partition::Partitions* partitions) : partitions_(partitions) {}

  void Answer(const v1::DecideRouteRequest& request, Arena* arena, rpc::Call call) {
    if (const auto refusal = Check(request)) return call.Fail(*refusal);
    partition::Processor& processor = partitions_->directory();
    const auto* directory = processor.directory_at().directory;
    if (directory == nullptr) return call.Fail(NoDirectory());
    const int64_t at_ms = request.call().arrived_at_ms() != 0 ? request.call().arrived_at_ms()
                                                              : absl::ToUnixMillis(processor.Now());
    const directory::Directory& then = directory->At(absl::FromUnixMillis(at_ms));
    auto& input = *Arena::CreateMessage<events::v1::RouteInput>(arena);
    FillInput(request.call(), at_ms, then, &input);
    auto& response = *Arena::CreateMessage<v1::DecideRouteResponse>(arena);
    Decide(request, input, then, &response);
    if (request.explain()) {
      for (v1::Step& step : Explain(response.decision(), then))
        *response.add_steps() = std::move(step);
      *response.mutable_explanation() =
          ExplainRoute(input, response.decision(), processor.fold().offset(), then);
    }
    if (request.prompts()) {
      for (v1::SpokenPrompt& prompt : CallPrompts(response.decision(), then))
        *response.add_prompts() = std::move(prompt);
    }
    response.mutable_position()->set_directory(processor.fold().offset());
    call.Reply(response);
  }

 private:
  // The decision, after the keys that were pressed, and the menu in which they were.
  void Decide(const v1::DecideRouteRequest& request, const events::v1::RouteInput& input,
              const directory::Directory& then, v1::DecideRouteResponse* response) {
    const Route entered = DecideRoute(input, then);
    FillDecision(entered, then, response->mutable_decision());
    if (entered.action == events::v1::ROUTE_ACTION_MENU) {
      // On an arena nobody owns it, and nothing is copied.
      response->unsafe_arena_set_allocated_menu(
          menus_.Of(entered, response->decision(), then, partitions_->directory().fold().offset()));
    }
    if (request.menu_keys().empty()) return;
    response->mutable_decision()->Clear();
    FillDecision(Navigate(entered, request.menu_keys(), then), then, response->mutable_decision());
  }

  partition::Partitions* const partitions_;
  Menus menus_;
};

}  // namespace

void BindDryRun(rpc::Server* server, partition::Partitions* partitions) {
  server->Handle("tierline.routing.v1.RoutingService", "DecideRoute",
                 [partitions, dry_run = std::make_shared<DryRun>(partitions)](rpc::Call call) {
                   alignas(8) char block[kArenaBytes];
                   Arena arena(block, sizeof block);
                   auto* request = Arena::CreateMessage<v1::DecideRouteRequest>(&arena);
                   if (!call.Parse(request)) return;
                   if (DirectoryRead(partitions, request->min_position()))
                     return dry_run->Answer(*request, &arena, std::move(call));
                   WhenDirectoryRead(partitions, request->min_position(), std::move(call),
                                     [dry_run, request = *request](rpc::Call ready) {
                                       Arena own;
                                       dry_run->Answer(request, &own, std::move(ready));
                                     });
                 });
}

}  // namespace tierline::routing
