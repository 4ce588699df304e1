// What the program holds after each stage, and what it no longer holds.
// REQUIRES: snnc
// RUN: snnc %s --stop-after=verify | FileCheck %s --check-prefix=VERIFY --implicit-check-not=memref --implicit-check-not=scf.
// RUN: snnc %s --stop-after=time | FileCheck %s --check-prefix=TIME --implicit-check-not=memref --implicit-check-not=scf.
// RUN: snnc %s --stop-after=space | FileCheck %s --check-prefix=SPACE --implicit-check-not=memref --implicit-check-not=scf. '--implicit-check-not=snn.li{{[^n]}}' --implicit-check-not=snn.scan
// RUN: snnc %s --stop-after=lower | FileCheck %s --check-prefix=LOWER '--implicit-check-not=snn.{{[^s]|s[^e]}}'
// RUN: snnc %s --stop-after=upstream | FileCheck %s --check-prefix=UPSTREAM

// Without optimization the contracts are the same.
// RUN: snnc %s --no-optimize --stop-after=verify | FileCheck %s --check-prefix=VERIFY --implicit-check-not=memref --implicit-check-not=scf.
// RUN: snnc %s --no-optimize --stop-after=time | FileCheck %s --check-prefix=TIME --implicit-check-not=memref --implicit-check-not=scf.
// RUN: snnc %s --no-optimize --stop-after=space | FileCheck %s --check-prefix=SPACE --implicit-check-not=memref --implicit-check-not=scf. '--implicit-check-not=snn.li{{[^n]}}' --implicit-check-not=snn.scan
// RUN: snnc %s --no-optimize --stop-after=lower | FileCheck %s --check-prefix=LOWER '--implicit-check-not=snn.{{[^s]|s[^e]}}'
// RUN: snnc %s --no-optimize --stop-after=upstream | FileCheck %s --check-prefix=UPSTREAM

// Whatever a stage prints, is a program that can be read again.
// RUN: snnc %s --stop-after=verify | snn-opt
// RUN: snnc %s --stop-after=time | snn-opt
// RUN: snnc %s --stop-after=space | snn-opt
// RUN: snnc %s --stop-after=lower | snn-opt
// RUN: snnc %s --stop-after=upstream | snn-opt

// verify: the model as it is, but a sum over time is causal.
// VERIFY-LABEL: func.func @model(
//       VERIFY:   snn.lif
//       VERIFY:   snn.recurrent
//       VERIFY:   snn.scan real
//   VERIFY-NOT:   linalg.reduce

// time: every state goes in and out, and it is said how time is run.
// TIME-LABEL: func.func @model(
//  TIME-SAME:   {snn.param = "weight"}
//  TIME-SAME:   {snn.state = "hidden.0"}
//  TIME-SAME:   {snn.state = "recurrent0.0"}
//  TIME-SAME:   {snn.state = "scan0.0"}
//  TIME-SAME:   i64 {snn.position}
//  TIME-SAME:   i64 {snn.batch}
//  TIME-SAME:   snn.report =
//       TIME:   {{snn.lif|snn.neuron}}
//       TIME:   snn.recurrent
//       TIME:   snn.scan

// space: one op for all neurons, and the layers' spikes are results.
// SPACE-LABEL: func.func @model(
//  SPACE-SAME:   {snn.record = "hidden"}
//       SPACE:   snn.neuron
//       SPACE:   snn.recurrent
//       SPACE:   snn.neuron

// lower: loops on tensors behind an entry on memrefs; spikes are bytes.
// LOWER-LABEL: func.func @model(
//  LOWER-SAME:   memref<?x?x8xf32, strided<[?, 8, 1]>> {snn.sequence}, %{{[a-z0-9]+}}: memref<8x8xf32>
//  LOWER-SAME:   i64, %{{[a-z0-9]+}}: i64, %[[RECORD:[a-z0-9]+]]: i1)
//       LOWER:   bufferization.to_tensor
//       LOWER:   scf.for
//       LOWER:   scf.if %[[RECORD]]
//   LOWER-NOT:   tensor<{{.*}}xi1>

// upstream: nothing but llvm, the rest of the line being types and operands.
//   UPSTREAM-NOT: {{^ *(%[^=]*= )?"?(snn|func|scf|cf|arith|math|linalg|tensor|memref|vector|bufferization|affine|index|ub|builtin)\.}}
//       UPSTREAM: llvm.func @model(
//   UPSTREAM-NOT: {{^ *(%[^=]*= )?"?(snn|func|scf|cf|arith|math|linalg|tensor|memref|vector|bufferization|affine|index|ub|builtin)\.}}
func.func @model(%x: tensor<?x?x8xf32>,
                 %w: tensor<8x8xf32> {snn.param = "weight"})
    -> (tensor<?x?x8xf32>, tensor<?x8xf32> {snn.static}) {
  %i = snn.linear %x, %w : tensor<?x?x8xf32>, tensor<8x8xf32>
  %s, %v = snn.lif %i {decay = 0.5, threshold = 1.0, snn.layer = "hidden"}
      : tensor<?x?x8xf32>
  %j = snn.linear %s, %w : tensor<?x?x8xi1>, tensor<8x8xf32>
  %y, %h = snn.recurrent ins(%j : tensor<?x?x8xf32>) skip 3 {
  ^bb0(%jw: tensor<?x?x8xf32>, %f: tensor<?x?x8xf32>):
    %a = arith.addf %jw, %f : tensor<?x?x8xf32>
    snn.yield %a : tensor<?x?x8xf32> feedback(%a : tensor<?x?x8xf32>)
  } -> (tensor<?x?x8xf32>) history(tensor<3x?x8xf32>)
  %c0 = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %y, %c1 : tensor<?x?x8xf32>
  %empty = tensor.empty(%batch) : tensor<?x8xf32>
  %init = linalg.fill ins(%c0 : f32) outs(%empty : tensor<?x8xf32>)
      -> tensor<?x8xf32>
  %sum = linalg.reduce { arith.addf } ins(%y : tensor<?x?x8xf32>)
      outs(%init : tensor<?x8xf32>) dimensions = [0]
  return %y, %sum : tensor<?x?x8xf32>, tensor<?x8xf32>
}
