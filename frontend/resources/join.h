// Resources of all buffers -> one PolicySet: duplicates, what exists without being written, what follows from
// several objects together.
#pragma once
#include <span>
#include <vector>

#include "frontend/load.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selector_table.h"

namespace untrack::frontend::resources {

// What one buffer holds; its selector ids are of `selectors`, which several parts may share.
struct Part {
  Role role = Role::Linted;
  std::vector<Resource> resources;
  SelectorTable* selectors = nullptr;
};

// The order of the parts is the order of the result; linted parts come before inventory, and win over it.
ir::PolicySet join(std::vector<Part> parts, Diagnostics& diagnostics);

}  // namespace untrack::frontend::resources
