// What can be wrong with a buffer before anyone asks what it means: UT001 to UT049.
#pragma once
#include <cstdint>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::yaml {

inline constexpr DiagnosticKind<std::string_view> not_utf8{
    {"UT001", "not-utf8", Severity::Error, Compile::Refused, "The file is not UTF-8 text.",
     "calicoctl and kubectl refuse the file, or read names and labels other than those that the editor "
     "shows.",
     "YAML 1.2.2 section 5.2; RFC 8259 section 8.1"},
    "this is no UTF-8 text: {}"};

inline constexpr DiagnosticKind<std::string_view> control_character{
    {"UT002", "control-character", Severity::Error, Compile::Refused,
     "The file holds a character that YAML does not allow.",
     "Other readers stop at it (`control characters are not allowed`), so none of the file's policy is "
     "loaded.",
     "YAML 1.2.2 section 5.1"},
    "{} is not allowed in YAML"};

inline constexpr DiagnosticKind<std::string_view> yaml_syntax{
    {"UT003", "yaml-syntax", Severity::Error, Compile::Refused, "The text is not YAML.",
     "The document cannot be read, so none of its policy would be loaded. The other documents of the file "
     "are "
     "checked all the same.",
     "YAML 1.2.2"},
    "{}"};

inline constexpr DiagnosticKind<> tab_indentation{
    {"UT004", "tab-indentation", Severity::Error, Compile::Refused, "A line is indented with a tab.",
     "YAML readers refuse it, or take the line as belonging to the text above it.", "YAML 1.2.2 section 6.1"},
    "a tab cannot indent a line in YAML"};

inline constexpr DiagnosticKind<std::string_view> unclosed_quote{
    {"UT005", "unclosed-quote", Severity::Error, Compile::Refused,
     "Quoted text has no closing quote, or one that comes too late.",
     "Everything up to the next quote becomes text, and the fields in it are lost.",
     "YAML 1.2.2 section 7.3"},
    "this `{}` has no closing quote where one is expected"};

inline constexpr DiagnosticKind<std::string_view> unclosed_bracket{
    {"UT006", "unclosed-bracket", Severity::Error, Compile::Refused, "A `[` or `{` has no closing bracket.",
     "The document cannot be read, so none of its policy would be loaded.", "YAML 1.2.2 section 7.4"},
    "this `{}` is never closed"};

inline constexpr DiagnosticKind<std::string_view> bad_indentation{
    {"UT007", "bad-indentation", Severity::Error, Compile::Refused,
     "A line is indented in a way that fits nothing above it.",
     "The document cannot be read; with one space less or more it may be read as something else.",
     "YAML 1.2.2 section 6.1"},
    "{}"};

inline constexpr DiagnosticKind<std::string_view> missing_colon{
    {"UT008", "missing-colon", Severity::Error, Compile::Refused,
     "A line that should be `key: value` has no colon.",
     "YAML wants `:` and a blank or the end of the line behind each key; `key:value` is one word.",
     "YAML 1.2.2 section 8.2.2"},
    "`{}` is no `key: value`"};
// calicoctl takes every line that begins with three dashes for the begin of a document, and forgets the rest
// of it (calicoctl/calicoctl/util/yaml); YAML does not, so the line is refused rather than lost.
constexpr std::string_view help_with_missing_colon(std::string_view line) {
  return line.starts_with("---")
             ? "a document begins with `---` alone on its line; a comment may follow behind a blank"
             : "write a colon and a blank between key and value; indent the line if it belongs to the value "
               "above";
}

inline constexpr DiagnosticKind<> unrendered_template{
    {"UT009", "template", Severity::Error, Compile::Refused, "A Helm (Go) template.",
     "What a template means depends on its values, which are not in the file. One without quotes is not even "
     "YAML, and nothing of its file is read; where its actions stand within quotes, its object is left out.",
     "https://helm.sh/docs/helm/helm_template/"},
    "this is a Helm (Go) template, which means nothing until it is rendered"};
inline constexpr std::string_view kRenderFirst =
    "render it first and check the result: `helm template CHART | untrack lint -`";

inline constexpr DiagnosticKind<std::string_view> duplicate_key{
    {"UT010", "duplicate-key", Severity::Error, Compile::Refused, "A mapping has the same key twice.",
     "calicoctl refuses the file; other readers take the last value and forget the first in silence.",
     "sigs.k8s.io/yaml, strict mode; YAML 1.2.2 section 3.2.1.3"},
    "key `{}` was already given"};

inline constexpr DiagnosticKind<std::string_view> key_not_text{
    {"UT011", "key-not-text", Severity::Error, Compile::Refused, "The key of a mapping is not a text.",
     "Calico's resources know only names as keys; such a key cannot be turned into JSON.",
     "sigs.k8s.io/yaml, unsupported map key"},
    "a key must be a text and not {}"};

inline constexpr DiagnosticKind<std::string_view> unknown_alias{
    {"UT012", "unknown-alias", Severity::Error, Compile::Refused,
     "An alias names an anchor that the document does not have before it.",
     "The document cannot be read. Anchors do not reach over `---`.", "YAML 1.2.2 section 7.1"},
    "`{}` names no anchor of this document"};

inline constexpr DiagnosticKind<std::string_view> recursive_alias{
    {"UT013", "recursive-alias", Severity::Error, Compile::Refused,
     "An alias stands inside the node that it names.",
     "The value would be infinitely large; every reader refuses it.", "YAML 1.2.2 section 3.2.1"},
    "`{}` stands inside the value that it names"};

inline constexpr DiagnosticKind<std::uint32_t> nested_too_deep{
    {"UT014", "nested-too-deep", Severity::Error, Compile::Refused,
     "Values are nested deeper than any Calico resource.",
     "The document is taken for a mistake or an attack and is not read.", "a limit of untrack"},
    "values are nested deeper than {} levels"};

inline constexpr DiagnosticKind<std::uint64_t> expands_too_far{
    {"UT015", "expands-too-far", Severity::Error, Compile::Refused,
     "Following the aliases of a document makes it enormous.",
     "The document is taken for a mistake or an attack and is not read.",
     "a limit of untrack, as in go-yaml (`document contains excessive aliasing`)"},
    "with its aliases followed, the document has more than {} values"};

inline constexpr DiagnosticKind<> bad_merge{
    {"UT016", "bad-merge", Severity::Error, Compile::Refused,
     "The value of `<<` is neither a mapping nor a list of mappings.",
     "There is nothing that could be merged; every reader refuses it.", "https://yaml.org/type/merge.html"},
    "`<<` takes a mapping or a list of mappings"};

inline constexpr DiagnosticKind<std::string_view> bad_escape{
    {"UT017", "bad-escape", Severity::Error, Compile::Refused,
     "Double-quoted text has an escape that YAML does not know.",
     "The document cannot be read, so none of its policy would be loaded.", "YAML 1.2.2 section 5.7"},
    "`{}` is no escape of YAML"};

inline constexpr DiagnosticKind<> content_after_end{
    {"UT018", "content-after-end", Severity::Error, Compile::Refused,
     "Something follows the end of a document's value.",
     "A document is one value. Some readers stop here and lose the rest in silence.",
     "YAML 1.2.2 section 9.1"},
    "the document's value has ended before this"};

inline constexpr DiagnosticKind<std::string_view> tag_without_text{
    {"UT019", "tag-without-text", Severity::Error, Compile::Refused,
     "A value that begins with `!` is a YAML tag and nothing else.",
     "The value is empty for every reader. An empty selector selects everything: `selector: !has(role)` "
     "opens what "
     "it was to narrow.",
     "YAML 1.2.2 section 6.9.1", Fixable::Safely},
    "`{}` is a YAML tag, so the value is empty"};

// Help that several places give.
inline constexpr const char* kCloseQuote =
    "close the text on its own line; inside of single quotes write a quote as `''`";

DiagnosticList diagnostics();

}  // namespace untrack::frontend::yaml
