#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "runtime/partition/processor.h"

namespace tierline::testing {

// Keys that count up: "key-000000000001", … (16 bytes), and a fingerprint that is a plain hash.
class FakeKeys : public partition::KeySource {
 public:
  // `prefix` tells the keys of several replicas apart; at most 4 bytes.
  explicit FakeKeys(std::string prefix = "key") : prefix_(std::move(prefix)) {}

  absl::StatusOr<std::string> Take() override {
    if (!returned_.empty()) {
      std::string key = std::move(returned_.back());
      returned_.pop_back();
      return key;
    }
    if (left_ == 0) return absl::UnavailableError("no key is ready");
    --left_;
    std::string number = std::to_string(++taken_);
    return prefix_ + "-" + std::string(15 - prefix_.size() - number.size(), '0') + number;
  }
  void GiveBack(std::string key_id) override { returned_.push_back(std::move(key_id)); }
  Uuid Fingerprint(std::string_view content) override {
    return Uuid::FromBytes(Bytes(Sha256Of(content)).substr(0, 16));
  }

  void set_left(int64_t left) { left_ = left; }
  int64_t taken() const { return taken_; }
  size_t returned() const { return returned_.size(); }

 private:
  const std::string prefix_;
  int64_t left_ = INT64_MAX;
  int64_t taken_ = 0;
  std::vector<std::string> returned_;
};

// "Encrypts" so that a test can read it: the ciphertext is "<field>:<plain>".
class FakeSealer : public Sealer {
 public:
  base::v1::Sealed Seal(std::string_view key_id, std::string_view field,
                        std::string_view plain) override {
    base::v1::Sealed sealed;
    if (plain.empty()) return sealed;
    sealed.set_key_id(std::string(key_id));
    sealed.set_nonce("nonce-of-12-by");
    sealed.mutable_nonce()->resize(12);
    sealed.set_ciphertext(std::string(field) + ":" + std::string(plain));
    return sealed;
  }
};

}  // namespace tierline::testing
