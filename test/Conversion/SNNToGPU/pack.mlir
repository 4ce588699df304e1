// RUN: snn-opt %s --convert-snn-to-gpu | FileCheck %s

// A warp votes on a word; the last one has fewer neurons.

// CHECK-LABEL: func.func @pack
// CHECK: scf.forall
// CHECK: memref.load {{.*}} : memref<?x?x40xi1
// CHECK: nvvm.vote.sync ballot
// CHECK: name = "pack"
func.func @pack(%s: tensor<?x?x40xi1>) -> tensor<?x?x2xi32> {
  %w = snn.pack %s : tensor<?x?x40xi1>
  return %w : tensor<?x?x2xi32>
}

// CHECK-LABEL: func.func @unpack
// CHECK: linalg.generic
// CHECK: arith.shrui
// CHECK: arith.trunci {{.*}} : i32 to i1
func.func @unpack(%w: tensor<?x?x2xi32>) -> tensor<?x?x40xi1> {
  %s = snn.unpack %w {neurons = 40} : tensor<?x?x2xi32>
  return %s : tensor<?x?x40xi1>
}
