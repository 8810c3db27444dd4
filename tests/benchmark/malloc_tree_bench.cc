// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Many small nodes: builds, counts and takes down complete binary trees of all
// depths while one large tree stays. Prints the number of nodes.

#include <cstddef>
#include <cstdio>

namespace {

struct Node {
  Node* left;
  Node* right;
};

constexpr int kLargest = 18;
constexpr int kSmallest = 4;

Node* Build(int depth) {
  if (depth == 0) return new Node{nullptr, nullptr};
  return new Node{Build(depth - 1), Build(depth - 1)};
}

size_t Count(const Node* node) {
  if (node == nullptr) return 0;
  return 1 + Count(node->left) + Count(node->right);
}

void TakeDown(Node* node) {
  if (node == nullptr) return;
  TakeDown(node->left);
  TakeDown(node->right);
  delete node;
}

}  // namespace

int main() {
  Node* const stays = Build(kLargest);
  size_t nodes = 0;
  for (int depth = kSmallest; depth <= kLargest; depth += 2) {
    for (int tree = 0; tree < 4 << (kLargest - depth); ++tree) {
      Node* const root = Build(depth);
      nodes += Count(root);
      TakeDown(root);
    }
  }
  std::printf("%zu\n", nodes + Count(stays));
  TakeDown(stays);
  return 0;
}
