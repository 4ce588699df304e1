// RUN: snn-opt %s --convert-snn-to-gpu | FileCheck %s

// A thread runs a word over time. Counters that are outside of the planes go
// one by one.

// CHECK-LABEL: func.func @gate
// CHECK-SAME: %[[WORDS:.*]]: tensor<?x?x2xi32>
// CHECK: scf.forall
// CHECK: bufferization.to_buffer %[[WORDS]] read_only
// CHECK: arith.cmpi ugt
// CHECK: scf.for
// CHECK: arith.maxsi
// CHECK: } else {
// CHECK: scf.for
// CHECK: name = "gate"
func.func @gate(%words: tensor<?x?x2xi32>, %r0: tensor<?x40xi32>)
    -> (tensor<?x?x2xi32>, tensor<?x40xi32>) {
  %c = snn.unpack %words {neurons = 40} : tensor<?x?x2xi32>
  %s, %r = snn.refractory event 3 %c init(%r0 : tensor<?x40xi32>)
      : tensor<?x?x40xi1>
  %w = snn.pack %s : tensor<?x?x40xi1>
  return %w, %r : tensor<?x?x2xi32>, tensor<?x40xi32>
}
