#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/promises/world.h"
#include "tests/simulation/network.h"

namespace tierline::simulation {

// What the services of a run are and what clients ask of them: the toys, or those of a hotline.
// Everything else, faults and promises alike, is the same for both.
class Workload : public promises::World {
 public:
  // The services that write in this run; any process may host reporting too.
  virtual const std::vector<base::v1::Service>& writers() const = 0;
  virtual std::unique_ptr<Service> Make(base::v1::Service service) const = 0;
  // How far the clocks of all replicas may jump at a time, for what is due in days.
  virtual int64_t jump_ms_max() const = 0;

  // A client's next command: service, subject and body.
  virtual Request DrawRequest() = 0;
  // A client was told that it was accepted, as event `event_id`.
  virtual void OnAccepted(const Request& request, const std::string& event_id) = 0;

  std::vector<std::unique_ptr<Service>> MakeAll(
      const std::vector<base::v1::Service>& services) const {
    std::vector<std::unique_ptr<Service>> made;
    for (const auto service : services) made.push_back(Make(service));
    return made;
  }
  std::vector<std::unique_ptr<Service>> MakeServices() const override {
    auto made = MakeAll(writers());
    made.push_back(Make(base::v1::SERVICE_REPORTING));
    return made;
  }
};

std::unique_ptr<Workload> DrawToys(Cluster* cluster);
std::unique_ptr<Workload> DrawHotline(Cluster* cluster);

}  // namespace tierline::simulation
