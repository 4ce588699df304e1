// Matrices that only synapses read come input-major, whoever has their values:
// no window and no step transposes them.
// RUN: snnc %s --stop-after=lower | FileCheck %s --implicit-check-not=transpose
// RUN: %python %S/Inputs/weights.py %t.safetensors w:F32:4x8=0.5 r:F32:4x4=0.5 both:F32:4x8=0.5
// RUN: snnc %s --stop-after=lower --weights=external:%t.safetensors | FileCheck %s --implicit-check-not=transpose
// RUN: snnc %s --stop-after=lower --weights=embed:%t.safetensors | FileCheck %s --implicit-check-not=transpose

// Users see the shapes of the model.
// RUN: snnc %s -o %t && %t --help | FileCheck %s --check-prefix=HELP
// RUN: snnc %s -o %t.h && FileCheck %s --check-prefix=HEADER < %t.h
// HELP: w f32 [4, 8]{{ *$}}
// HEADER: const float *w; /* w [4, 8] */

// Without optimization, and before it is known who reads them, they stay.
// RUN: snnc %s --stop-after=time | FileCheck %s --check-prefix=ROWS
// RUN: snnc %s --stop-after=space --no-optimize | FileCheck %s --check-prefix=ROWS
// ROWS: tensor<4x8xf32> {snn.param = "w"}

// CHECK-LABEL: func.func @model(
//  CHECK-SAME:   memref<8x4xf32>,
//  CHECK-SAME:   memref<4x4xf32>,
//  CHECK-SAME:   memref<4x8xf32>,
func.func @model(%x: tensor<?x?x8xi1>, %w: tensor<4x8xf32> {snn.param = "w"},
                 %r: tensor<4x4xf32> {snn.param = "r"},
                 %both: tensor<4x8xf32> {snn.param = "both"})
    -> (tensor<?x?x4xi1>, tensor<4x8xf32> {snn.static}) {
  %i = snn.linear %x, %w : tensor<?x?x8xi1>, tensor<4x8xf32>
  %s, %vT, %hT = snn.recurrent ins(%i : tensor<?x?x4xf32>) skip 1 {
  ^bb0(%in: tensor<?x?x4xf32>, %back: tensor<?x?x4xi1>, %v: tensor<?x4xf32>):
    %f = snn.linear %back, %r : tensor<?x?x4xi1>, tensor<4x4xf32>
    %a = arith.addf %in, %f : tensor<?x?x4xf32>
    %z, %next = snn.lif %a init(%v : tensor<?x4xf32>)
        {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xi1> feedback(%z : tensor<?x?x4xi1>)
        state(%next : tensor<?x4xf32>)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>) history(tensor<1x?x4xi1>)
  return %s, %both : tensor<?x?x4xi1>, tensor<4x8xf32>
}
