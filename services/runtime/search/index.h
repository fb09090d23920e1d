#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/service.h"

// Full-text search over Chinese and English, in memory.
//
//   search::Index index;
//   index.Put("7f1c…", {.title = "党费收缴", .body = "缴纳党费的规定", .labels = {"public"}});
//   auto found = index.Find({.text = "党费", .any_of = {"public"}, .max = 10});
//
// English words are found by their stems ("transfers" finds "transferring"), Chinese ones anywhere
// inside a sentence, by their pairs of characters. A word of the title weighs five of the body.

namespace tierline::search {

// What is found by its words, and counted by its labels.
struct Document {
  std::string title;
  std::string body;
  std::vector<std::string> labels;  // opaque and exact, at most 200 bytes each
};

struct Query {
  // Words that must all be there; OR between them, "a phrase" and -word are understood.
  std::string text;
  // Labels of which a document has one at least, or none are asked for; and those that it has all.
  std::vector<std::string> any_of;
  std::vector<std::string> all_of;
  uint32_t first = 0;  // how many of the best to pass over
  uint32_t max = 0;
};

struct Hit {
  std::string id;
  int score = 0;        // 1 to 100, of the best match that the query could have
  std::string snippet;  // the part of its body that matches best, at most about 200 bytes
};

struct Found {
  std::vector<Hit> hits;  // best first; of equal ones that which was put first
  uint32_t total = 0;     // that match, also before `first` and after `max`
};

inline constexpr size_t kQueryCharactersMax = 200;

// Not thread-safe. A text of 500 Chinese characters costs 5 ms and up to 300 kB.
class Index {
 public:
  Index();
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  // Replaces what is there under `id`, at most 200 bytes.
  void Put(const std::string& id, const Document& document);
  void Remove(const std::string& id);
  size_t size() const;

  // Refuses, as INVALID_FIELD of `query`, a text without a word or too long, and one that is no
  // query: "AND AND".
  std::variant<Found, Rejection> Find(const Query& query) const;

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace tierline::search
