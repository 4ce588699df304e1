// Inputs and outputs are named as in the text, parameters and states as marked.
// RUN: snnc %s -o %t
// RUN: %t --help | FileCheck %s

// A number is no name, and an argument that is returned keeps its own.
// CHECK-LABEL: Inputs:
//  CHECK-NEXT:   pixels f32 [T, B, 4]
//  CHECK-NEXT:   input2 f32 [T, B, 3]
// CHECK-LABEL: Outputs:
//  CHECK-NEXT:   spikes i1 [T, B, 3]
//  CHECK-NEXT:   output1 f32 [T, B, 3]
//  CHECK-NEXT:   input2 f32 [T, B, 3]
//  CHECK-NEXT:   mean f32 [B, 3]
// CHECK-LABEL: Parameters:
//  CHECK-NEXT:   layer.weight f32 [3, 4]{{ *$}}
// CHECK-LABEL: States:
//  CHECK-NEXT:   memory f32 [B, 3]
//  CHECK-NEXT:   li1.0 f32 [B, 3]
// CHECK-LABEL: Layers:
//  CHECK-NEXT:   hidden i1 [T, B, 3]
func.func @names(%pixels: tensor<?x?x4xf32>,
                 %w: tensor<3x4xf32> {snn.param = "layer.weight"},
                 %0: tensor<?x?x3xf32>,
                 %v0: tensor<?x3xf32> {snn.state = "memory"})
    -> (tensor<?x?x3xi1>, tensor<?x?x3xf32>,
        tensor<?x3xf32> {snn.state = "memory"}, tensor<?x?x3xf32>,
        tensor<?x3xf32> {snn.static}) {
  %i = snn.linear %pixels, %w : tensor<?x?x4xf32>, tensor<3x4xf32>
  %u, %vT = snn.li %i init(%v0 : tensor<?x3xf32>) {decay = 0.5}
      : tensor<?x?x3xf32>
  %1 = arith.addf %u, %0 : tensor<?x?x3xf32>
  %spikes = snn.fire %1 {threshold = 1.0, snn.layer = "hidden"}
      : tensor<?x?x3xf32>
  %all, %mean = snn.li %1 {decay = 0.5} : tensor<?x?x3xf32>
  return %spikes, %1, %vT, %0, %mean
      : tensor<?x?x3xi1>, tensor<?x?x3xf32>, tensor<?x3xf32>,
        tensor<?x?x3xf32>, tensor<?x3xf32>
}
