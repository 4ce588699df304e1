// A delay in a cycle whose states have names stays, so that they are found again:
// the model has a step.
// RUN: snnc %s -o %t.h --target=x86-64-v2
// RUN: FileCheck %s --input-file=%t.h
// CHECK: int cycle_step(
func.func @cycle(%x: tensor<?x?x4xf32>, %v: tensor<?x4xf32> {snn.state = "v"},
                 %d: tensor<3x?x4xi1> {snn.state = "d"},
                 %h: tensor<1x?x4xi1> {snn.state = "h"})
    -> (tensor<?x?x4xi1>, tensor<?x4xf32> {snn.state = "v"},
        tensor<3x?x4xi1> {snn.state = "d"}, tensor<1x?x4xi1> {snn.state = "h"}) {
  %s, %vT, %dT, %hT = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 1
      state(%v, %d : tensor<?x4xf32>, tensor<3x?x4xi1>)
      history(%h : tensor<1x?x4xi1>) {
  ^bb0(%xw: tensor<?x?x4xf32>, %f: tensor<?x?x4xi1>, %v0: tensor<?x4xf32>,
       %d0: tensor<3x?x4xi1>):
    %late, %d1 = snn.delay %f by [3] init(%d0 : tensor<3x?x4xi1>) : tensor<?x?x4xi1>
    %n = arith.uitofp %late : tensor<?x?x4xi1> to tensor<?x?x4xf32>
    %i = arith.addf %xw, %n : tensor<?x?x4xf32>
    %z, %v1 = snn.lif %i init(%v0 : tensor<?x4xf32>)
        {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xi1> feedback(%z : tensor<?x?x4xi1>)
        state(%v1, %d1 : tensor<?x4xf32>, tensor<3x?x4xi1>)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<3x?x4xi1>)
    history(tensor<1x?x4xi1>)
  return %s, %vT, %dT, %hT : tensor<?x?x4xi1>, tensor<?x4xf32>, tensor<3x?x4xi1>,
      tensor<1x?x4xi1>
}
