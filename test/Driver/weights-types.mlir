// Parameters of every width are embedded, and floats of every width checked.
// DEFINE: %{write} = %python %S/Inputs/weights.py %t/w.safetensors
// RUN: rm -rf %t && mkdir %t
// RUN: %{write} half:F16:2=0.5 double:F64:2=0.5 steps:I32:2=-1
// RUN: snnc %s -o %t/out --weights=embed:%t/w.safetensors
// RUN: %t/out --help | FileCheck %s
//      CHECK: half f16 [2] embedded
// CHECK-NEXT: double f64 [2] embedded
// CHECK-NEXT: steps i32 [2] embedded

// RUN: %{write} half:F16:2=0.5,inf double:F64:2=0.5 steps:I32:2=-1
// RUN: not snnc %s -o %t/bad --weights=embed:%t/w.safetensors 2>&1 | FileCheck %s --check-prefix=HALF
// RUN: %{write} half:F16:2=0.5 double:F64:2=nan,1 steps:I32:2=-1
// RUN: not snnc %s -o %t/bad --weights=embed:%t/w.safetensors 2>&1 | FileCheck %s --check-prefix=DOUBLE
//   HALF: expected finite values of parameter 'half', but got INF at [1] in
// DOUBLE: expected finite values of parameter 'double', but got {{nan|-?INF}} at [

// A decay of f16 is one of f32 that is stored shorter.
// RUN: %{write} half:F16:2=0.5,1.5 double:F64:2=0.5 steps:I32:2=-1
// RUN: not snnc %s -o %t/bad --weights=embed:%t/w.safetensors 2>&1 | FileCheck %s --check-prefix=DECAY
// DECAY: expected decay 'half' in [0, 1], but got 1.5
func.func @model(%x: tensor<?x?x2xf16>, %y: tensor<?x?x2xf64>,
                 %z: tensor<?x?x2xi32>,
                 %h: tensor<2xf16> {snn.param = "half"},
                 %d: tensor<2xf64> {snn.param = "double"},
                 %n: tensor<2xi32> {snn.param = "steps"})
    -> (tensor<?x?x2xf16>, tensor<?x?x2xf64>, tensor<?x?x2xi32>) {
  %a:2 = snn.li %x decay(%h : tensor<2xf16>) : tensor<?x?x2xf16>
  %b:2 = snn.scan real (%y) by (%d) : (tensor<?x?x2xf64>), (tensor<2xf64>)
  %c:2 = snn.scan real (%z) by (%n) : (tensor<?x?x2xi32>), (tensor<2xi32>)
  return %a#0, %b#0, %c#0
      : tensor<?x?x2xf16>, tensor<?x?x2xf64>, tensor<?x?x2xi32>
}
