#include "absl/strings/str_cat.h"
#include "tests/kit/toy_services.h"
#include "tests/simulation/workload.h"

// Runs of the toy services: few subjects, much contention, timers of some milliseconds.

namespace tierline::simulation {
namespace {

using testing::kEcho;
using testing::kNotes;
using testing::kReports;

class Toys : public Workload {
 public:
  explicit Toys(Cluster* cluster) : cluster_(cluster), subjects_(1 + cluster->Draw(3)) {
    static const std::vector<std::vector<base::v1::Service>> kMixes = {
        {kNotes}, {kReports}, {kNotes, kReports}, {kNotes, kEcho}, {kNotes, kReports, kEcho}};
    writers_ = kMixes[cluster->Draw(static_cast<int64_t>(kMixes.size()))];
  }

  const std::vector<base::v1::Service>& writers() const override { return writers_; }
  std::unique_ptr<Service> Make(base::v1::Service service) const override {
    if (service == kNotes) return testing::MakeNotes();
    if (service == kReports) return testing::MakeReports();
    if (service == kEcho) return testing::MakeEcho();
    return testing::MakeTally();
  }
  partition::DirectoryAt DirectoryAt(int64_t position) const override {
    return {.position = position};
  }
  int64_t jump_ms_max() const override { return 0; }

  Request DrawRequest() override {
    Request request;
    do {
      request.service = writers_[cluster_->Draw(static_cast<int64_t>(writers_.size()))];
    } while (request.service == kEcho);
    request.subject = absl::StrCat("subject-", cluster_->Draw(subjects_));
    auto body = std::make_unique<base::v1::Text>();
    body->set_en(DrawText(request.service));
    request.body = std::move(body);
    return request;
  }
  void OnAccepted(const Request&, const std::string&) override {}

 private:
  std::string DrawText(base::v1::Service service) {
    if (service == kReports) return absl::StrCat("report ", cluster_->Draw(1000));
    const int64_t dice = cluster_->Draw(100);
    if (dice < 5) return "open";
    if (dice > 80) return "tick";
    if (dice < 15) return "close";
    if (dice < 35) return "reopen";
    if (dice < 55) return absl::StrCat("remind ", cluster_->Draw(4) * 40);
    return absl::StrCat("note ", cluster_->Draw(1000));
  }

  Cluster* const cluster_;
  const int64_t subjects_;
  std::vector<base::v1::Service> writers_;
};

}  // namespace

std::unique_ptr<Workload> DrawToys(Cluster* cluster) { return std::make_unique<Toys>(cluster); }

}  // namespace tierline::simulation
