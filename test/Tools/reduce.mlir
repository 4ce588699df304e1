// The smallest program that still has a threshold.
// REQUIRES: reduce
// RUN: echo '#!/bin/sh' > %t.sh
// RUN: echo 'grep -q snn.fire "$1" && exit 1 || exit 0' >> %t.sh
// RUN: chmod +x %t.sh
// RUN: snn-reduce %s -reduction-tree='traversal-mode=0 test=%t.sh' | FileCheck %s

// CHECK-NOT: @other
// CHECK:     snn.fire
// CHECK-NOT: @other
func.func @other(%s: tensor<?x?x8xi1>) -> tensor<?x?x1xi32> {
  %w = snn.pack %s : tensor<?x?x8xi1>
  return %w : tensor<?x?x1xi32>
}

func.func @fire(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xi1> {
  %s = snn.fire %x {threshold = 1.0} : tensor<?x?x8xf32>
  return %s : tensor<?x?x8xi1>
}
