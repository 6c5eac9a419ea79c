// Mistakes in the form of a document: fields, types, kinds.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<std::string_view, std::string> unknown_field{
    {"UT050", "unknown-field", Severity::Error, Compile::Refused, "A field that its kind does not have.",
     "calicoctl refuses the file; the API server drops the field, and the policy then does something else "
     "than what "
     "its text says: a misspelt `doNotTrack` leaves the traffic tracked.",
     "Calico calicoctl/calicoctl/resourcemgr/resourcemgr.go (strict decoding)", Fixable::Unsafely},
    "unknown field `{}` in {}"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> field_letter_case{
    {"UT051", "field-letter-case", Severity::Error, Compile::Refused,
     "A field name in the wrong letter case.",
     "calicoctl takes the field in any letter case, the API server drops it: the same file means two things.",
     "Go encoding/json (case-insensitive match); Kubernetes API server (exact match)", Fixable::Safely},
    "field `{}` is spelt `{}`"};

inline constexpr DiagnosticKind<std::string, std::string_view, std::string_view> wrong_type{
    {"UT052", "wrong-type", Severity::Error, Compile::Refused,
     "A value of a type that its field does not take.",
     "No tool can read the document; nothing in it reaches a node.",
     "Calico api/pkg/apis/projectcalico/v3 (Go types)", Fixable::Safely},
    "{} is {}, where {} is due"};

inline constexpr DiagnosticKind<std::string_view, std::string> missing_field{
    {"UT053", "missing-field", Severity::Error, Compile::Refused, "A field that must be there is missing.",
     "The server refuses the object.",
     "Calico api/config/crd (required); libcalico-go/lib/validator/v3/validator.go"},
    "field `{}` is missing in {}"};

inline constexpr DiagnosticKind<std::string, std::string, std::string_view> text_without_quotes{
    {"UT054", "text-without-quotes", Severity::Error, Compile::Refused,
     "Text is due, and the unquoted value means something else in YAML.",
     "YAML 1.1 reads `yes`, `on` and `off` as booleans and `1.10` as 1.1: calicoctl turns them into `true`, "
     "`false` and "
     "`1.1`, the API server refuses them. A label then has another value than the one a selector asks for.",
     "YAML 1.1 (bool, int, float types); sigs.k8s.io/yaml", Fixable::Safely},
    "{} is text, but `{}` without quotes is {}"};

inline constexpr DiagnosticKind<std::string, std::string> not_whole{
    {"UT055", "not-an-integer", Severity::Error, Compile::Refused, "A whole number is due.",
     "No tool can read the document; nothing in it reaches a node.", "Go encoding/json"},
    "{} is a whole number, not `{}`"};

inline constexpr DiagnosticKind<std::string, std::string, std::int64_t, std::int64_t> number_out_of_range{
    {"UT056", "number-out-of-range", Severity::Error, Compile::Refused,
     "A number outside the range of its field.", "The server refuses the object.",
     "Calico api/pkg/apis/projectcalico/v3 (Minimum, Maximum)"},
    "{} is `{}`, outside {}-{}"};

inline constexpr DiagnosticKind<std::string, std::string> not_finite{
    {"UT057", "not-finite", Severity::Error, Compile::Refused,
     "Infinity, or no number at all, where a number is due.",
     "JSON has no such numbers: every tool refuses the document. To come last in a tier, leave `order` out.",
     "sigs.k8s.io/yaml"},
    "{} takes a finite number, not `{}`"};

inline constexpr DiagnosticKind<std::string, std::string> not_a_duration{
    {"UT058", "not-a-duration", Severity::Error, Compile::Refused, "A time span in no form that Go reads.",
     "The server refuses the object.", "Go time.ParseDuration"},
    "{} is a time span such as `10s` or `1m30s`, not `{}`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string> unknown_word{
    {"UT059", "unknown-word", Severity::Error, Compile::Refused, "A word that its field does not know.",
     "The schema refuses the object. The letter case counts: `allow` is not `Allow`.",
     "Calico api/pkg/apis/projectcalico/v3 (Enum)", Fixable::Safely},
    "`{}` is no value of `{}`: write {}"};

inline constexpr DiagnosticKind<> not_an_object{
    {"UT060", "not-an-object", Severity::Error, Compile::Refused,
     "A document, or an item of a list of objects, that is no mapping.",
     "Every Calico and Kubernetes object is a mapping with `apiVersion`, `kind` and `metadata`.",
     "Calico calicoctl/calicoctl/resourcemgr/resourcemgr.go"},
    "an object with `apiVersion` and `kind` is due here"};

inline constexpr DiagnosticKind<> missing_kind{
    {"UT061", "missing-kind", Severity::Error, Compile::Refused, "A Calico document without `kind`.",
     "calicoctl dispatches on `apiVersion` and `kind`, for each item of a list too, and refuses what lacks "
     "them.",
     "Calico calicoctl/calicoctl/resourcemgr/resourcemgr.go"},
    "the object has no `kind`"};

inline constexpr DiagnosticKind<std::string_view> missing_api_version{
    {"UT062", "missing-api-version", Severity::Error, Compile::Refused, "A Calico kind without `apiVersion`.",
     "calicoctl and kubectl refuse it; what the object means depends on the version.",
     "Calico calicoctl/calicoctl/resourcemgr/resourcemgr.go", Fixable::Unsafely},
    "{} without `apiVersion`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> unknown_kind{
    {"UT063", "unknown-kind", Severity::Error, Compile::Refused, "A kind that Calico does not have.",
     "The document would be skipped: policy that was written never reaches a node.",
     "Calico calicoctl/calicoctl/resourcemgr/resourcemgr.go (registerResource)", Fixable::Safely},
    "`{}` has no kind `{}`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> wrong_api_version{
    {"UT064", "wrong-api-version", Severity::Error, Compile::Refused,
     "A Calico kind under an API version that it does not have.",
     "Every tool takes it for another, unknown kind: the policy never reaches a node.",
     "Calico calicoctl/calicoctl/resourcemgr/resourcemgr.go (newResource)", Fixable::Unsafely},
    "`{}` under `{}`, which has no such kind"};

inline constexpr DiagnosticKind<> unreadable_metadata_annotation{
    {"UT065", "unreadable-metadata-annotation", Severity::Error, Compile::Refused,
     "The annotation `projectcalico.org/metadata` of a stored object is no JSON object.",
     "It holds the name and the labels of the object; without it they are unknown.",
     "Calico libcalico-go/lib/backend/k8s/resources/resources.go (ConvertK8sResourceToCalicoResource)"},
    "the annotation `projectcalico.org/metadata` is no JSON object"};

inline constexpr DiagnosticKind<std::string> selector_syntax{
    {"UT070", "selector-syntax", Severity::Error, Compile::Refused, "A selector that Calico cannot parse.",
     "Calico refuses the object, and says only that the field is wrong; the message here is its parser's "
     "own.",
     "Calico libcalico-go/lib/selector/parser, libcalico-go/lib/selector/tokenizer"},
    "selector: {}"};

}  // namespace untrack::frontend::resources
