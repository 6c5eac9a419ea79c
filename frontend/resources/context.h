// What the decoders of one buffer share: where their messages go, and what is known about the object at hand.
#pragma once
#include <string_view>

#include "frontend/load.h"
#include "frontend/resources/selector_table.h"
#include "support/diagnostic.h"

namespace untrack::frontend::resources {

// Who objects decides who hears of it. Calico refuses in two layers (api/, libcalico-go/lib/validator/v3):
// its own validator, and the schema with CEL rules of the CRDs, which Profile, WorkloadEndpoint and Node do
// not have. Inventory was accepted by a server already, so there only what cannot be read is reported.
class Context {
 public:
  Context(Diagnostics& diagnostics, Role role_of_buffer, SelectorTable& selector_table)
      : role(role_of_buffer),
        selectors(selector_table),
        reading_(&diagnostics),
        validator_(role == Role::Linted ? &diagnostics : &unheard_),
        schema_(validator_) {}

  // Nobody can read it: wrong types, missing kinds.
  template <class... Args>
  Diagnostic& unreadable(SourceSpan span, const DiagnosticKind<Args...>& kind,
                         const std::type_identity_t<Args>&... args) {
    return report(*reading_, span, kind, args...);
  }
  // Refused by the validator or by the strict decoder of calicoctl, or dropped by Felix at run time.
  template <class... Args>
  Diagnostic& by_validator(SourceSpan span, const DiagnosticKind<Args...>& kind,
                           const std::type_identity_t<Args>&... args) {
    return report(*validator_, span, kind, args...);
  }
  // Refused by the schema or by a CEL rule.
  template <class... Args>
  Diagnostic& by_schema(SourceSpan span, const DiagnosticKind<Args...>& kind,
                        const std::type_identity_t<Args>&... args) {
    return report(*schema_, span, kind, args...);
  }
  // Accepted by everyone, and worth knowing.
  template <class... Args>
  Diagnostic& remark(SourceSpan span, const DiagnosticKind<Args...>& kind,
                     const std::type_identity_t<Args>&... args) {
    return report(*validator_, span, kind, args...);
  }

  // Errors so far, heard or not: a difference tells that what was read between is not to be used.
  std::size_t errors() const { return errors_; }

  // Sends what the schema would refuse elsewhere, for kinds without a schema; puts the old place back at the
  // end.
  class SchemaElsewhere {
   public:
    SchemaElsewhere(Context& context, Diagnostics& elsewhere) : context_(context), before_(context.schema_) {
      context_.schema_ = &elsewhere;
    }
    ~SchemaElsewhere() { context_.schema_ = before_; }
    SchemaElsewhere(const SchemaElsewhere&) = delete;
    SchemaElsewhere& operator=(const SchemaElsewhere&) = delete;

   private:
    Context& context_;
    Diagnostics* before_;
  };

  const Role role;
  SelectorTable& selectors;
  bool strict =
      true;  // unknown fields are mistakes: not in an inventory, nor in kinds of which we read a part

  // Of the object being read, for its rules.
  std::string_view policy_namespace;  // empty for global policies and profiles
  bool in_profile = false;

 private:
  template <class... Args>
  Diagnostic& report(Diagnostics& diagnostics, SourceSpan span, const DiagnosticKind<Args...>& kind,
                     const Args&... args) {
    if (kind.info.severity == Severity::Error) ++errors_;
    return diagnostics.report(span, kind, args...);
  }

  Diagnostics* reading_;
  Diagnostics* validator_;
  Diagnostics* schema_;
  Diagnostics unheard_;
  std::size_t errors_ = 0;
};

}  // namespace untrack::frontend::resources
