#include "runtime/search/index.h"

#include <xapian.h>

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "base/utf8.h"

namespace tierline::search {
namespace {

constexpr unsigned kTitleWeight = 5;
constexpr size_t kSnippetBytes = 200;
constexpr Xapian::valueno kIdSlot = 0;

// Xapian's terms of words are lower case, those of stems begin with Z: Q and L are free.
std::string IdTerm(const std::string& id) { return "Q" + id; }
std::string LabelTerm(const std::string& label) { return "L" + label; }

// Words of English that say nothing of what a text is about.
Xapian::Stopper* NewStopper() {
  static constexpr const char* kWords[] = {"a",  "an", "and", "are", "as", "at",
                                           "be", "by", "for", "how", "in", "is",
                                           "of", "on", "or",  "the", "to", "with"};
  return new Xapian::SimpleStopper(std::begin(kWords), std::end(kWords));
}

Rejection Bad(std::string_view message) { return InvalidField("query", "", "R-206", message); }

Xapian::Query Any(const std::vector<std::string>& labels) {
  std::vector<std::string> terms;
  for (const std::string& label : labels) terms.push_back(LabelTerm(label));
  return Xapian::Query(Xapian::Query::OP_OR, terms.begin(), terms.end());
}

// `words`, narrowed by the labels, which have no part in the score.
Xapian::Query Narrow(Xapian::Query words, const Query& query) {
  if (!query.any_of.empty())
    words = Xapian::Query(Xapian::Query::OP_FILTER, words, Any(query.any_of));
  for (const std::string& label : query.all_of)
    words = Xapian::Query(Xapian::Query::OP_FILTER, words, Xapian::Query(LabelTerm(label)));
  return words;
}

}  // namespace

struct Index::Database {
  Xapian::WritableDatabase documents{"", Xapian::DB_BACKEND_INMEMORY};
  Xapian::Stem english{"en"};

  Xapian::Query Parse(const std::string& text) const {
    Xapian::QueryParser parser;
    parser.set_database(documents);
    parser.set_stemmer(english);
    parser.set_stopper(NewStopper()->release());
    parser.set_default_op(Xapian::Query::OP_AND);
    return parser.parse_query(
        text, Xapian::QueryParser::FLAG_BOOLEAN | Xapian::QueryParser::FLAG_PHRASE |
                  Xapian::QueryParser::FLAG_LOVEHATE | Xapian::QueryParser::FLAG_CJK_NGRAM);
  }

  // Xapian writes it for a page of HTML.
  std::string SnippetOf(const Xapian::MSet& matches, const std::string& text) const {
    const std::string html =
        matches.snippet(text, kSnippetBytes, english,
                        Xapian::MSet::SNIPPET_BACKGROUND_MODEL | Xapian::MSet::SNIPPET_EXHAUSTIVE |
                            Xapian::MSet::SNIPPET_CJK_NGRAM,
                        "", "", "…");
    return absl::StrReplaceAll(html, {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}});
  }
};

Index::Index() : database_(std::make_unique<Database>()) {}
Index::~Index() = default;

void Index::Put(const std::string& id, const Document& document) {
  Xapian::Document row;
  row.add_value(kIdSlot, id);
  row.set_data(document.body);  // a snippet is cut out of it
  row.add_boolean_term(IdTerm(id));
  for (const std::string& label : document.labels) row.add_boolean_term(LabelTerm(label));
  Xapian::TermGenerator generator;
  generator.set_stemmer(database_->english);
  generator.set_flags(Xapian::TermGenerator::FLAG_CJK_NGRAM);
  generator.set_document(row);
  generator.index_text(document.title, kTitleWeight);
  generator.increase_termpos();  // no phrase goes from the one into the other
  generator.index_text(document.body);
  database_->documents.replace_document(IdTerm(id), row);
}

void Index::Remove(const std::string& id) { database_->documents.delete_document(IdTerm(id)); }

size_t Index::size() const { return database_->documents.get_doccount(); }

std::variant<Found, Rejection> Index::Find(const Query& query) const {
  const auto characters = CountCharacters(query.text);
  if (!characters) return Bad("must be UTF-8");
  if (*characters > kQueryCharactersMax) return Bad("must be at most 200 characters");
  try {
    const Xapian::Query words = database_->Parse(query.text);
    if (words.empty()) return Bad("has no word to search for");
    Xapian::Enquire enquire(database_->documents);
    enquire.set_query(Narrow(words, query));
    // Looks at all that match, so that the total is right.
    const Xapian::MSet matches =
        enquire.get_mset(query.first, query.max, database_->documents.get_doccount());
    Found found;
    found.total = matches.get_matches_estimated();
    for (auto match = matches.begin(); match != matches.end(); ++match) {
      const Xapian::Document row = match.get_document();
      found.hits.push_back({row.get_value(kIdSlot), std::max(1, match.get_percent()),
                            database_->SnippetOf(matches, row.get_data())});
    }
    return found;
  } catch (const Xapian::QueryParserError&) {
    return Bad("can not be read: AND, OR, NOT and XOR stand between words");
  } catch (const Xapian::Error&) {  // NEAR and ADJ between what is more than a word
    return Bad("can not be answered: NEAR and ADJ stand between single words");
  }
}

}  // namespace tierline::search
