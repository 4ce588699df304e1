// What a successful compilation promises beside a right result.
// DEFINE: %{write} = %python %S/Inputs/weights.py
// RUN: rm -rf %t && mkdir %t
// RUN: %{write} %t/w.safetensors weight:F32:3x4=0.5 unused:I32:2=7
// RUN: %{write} %t/other.safetensors weight:F32:3x4=0.25

// The same input gives the same bytes, wherever it is written to.
// RUN: snnc %s -o %t/a --weights=embed:%t/w.safetensors
// RUN: mkdir %t/folder
// RUN: snnc %s -o %t/folder/b --weights=embed:%t/w.safetensors
// RUN: cmp %t/a %t/folder/b
// RUN: snnc %s -o %t/c --weights=embed:%t/other.safetensors
// RUN: not cmp %t/a %t/c

// So do the same parameters in a file of another format.
// RUN: %python -c "import numpy; numpy.savez_compressed('%t/w', weight=numpy.full((3, 4), 0.5, 'f4'))"
// RUN: snnc %s -o %t/e --weights=embed:%t/w.npz
// RUN: cmp %t/a %t/e

// Of a standard input as well.
// RUN: snnc - -o %t/d --weights=embed:%t/w.safetensors < %s
// RUN: cmp %t/a %t/d

// Embedded parameters are said to be; tensors that no parameter names are fine.
// RUN: %t/a --help | FileCheck %s --check-prefix=EMBEDDED
// RUN: snnc %s -o %t/open
// RUN: %t/open --help | FileCheck %s --check-prefix=OPEN
// EMBEDDED: weight f32 [3, 4] embedded
//     OPEN: weight f32 [3, 4]{{ *$}}

// A failed compilation leaves an old output as it was, and no other file.
// RUN: cp %t/a %t/old
// RUN: %{write} %t/bad.safetensors weight:F32:3x4=nan
// RUN: ls %t > %t.before
// RUN: not snnc %s -o %t/a --weights=embed:%t/bad.safetensors
// RUN: not snnc %t/missing.mlir -o %t/a
// RUN: cmp %t/a %t/old
// RUN: ls %t > %t.after
// RUN: cmp %t.before %t.after

// Variants: one per target, all by default.
// RUN: snnc %s -o %t/v3 --target=x86-64-v3 -v 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: snnc %s -o %t/v23 --target=x86-64-v2,x86-64-v3 -v 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: snnc %s -o %t/all -v 2>&1 | FileCheck %s --check-prefix=ALL
//      ONE: snnc: model for x86-64-v3
// ONE-NEXT: snnc: {{.*}}-o
//      TWO: snnc: model for x86-64-v3
// TWO-NEXT: snnc: model for x86-64-v2
// TWO-NEXT: snnc: {{.*}}-o
//      ALL: snnc: model for x86-64-v4
// ALL-NEXT: snnc: model for x86-64-v3
// ALL-NEXT: snnc: model for x86-64-v2
// ALL-NEXT: snnc: {{.*}}-o

// A target is a width of vectors, and the plain lowering keeps what is written.
// RUN: snnc %s --stop-after=lower --strategy=loop --target=x86-64-v4 | FileCheck %s --check-prefix=WIDE
// RUN: snnc %s --stop-after=lower --strategy=loop --target=x86-64-v2 | FileCheck %s --check-prefix=NARROW
// RUN: snnc %s --stop-after=space | FileCheck %s --check-prefix=FUSED
// RUN: snnc %s --stop-after=space --no-optimize | FileCheck %s --check-prefix=PLAIN
// RUN: snnc %s -o %t/plain --no-optimize
//       WIDE: vector<128xf32>
// NARROW-NOT: vector<128xf32>
//     NARROW: vector<16xf32>
//  FUSED-NOT: snn.fire {{.*}} tensor
//      FUSED: snn.neuron
//      PLAIN: snn.neuron
//      PLAIN: snn.fire {{.*}} : tensor<?x?x3xf32>
//      PLAIN: snn.neuron

// A model may be written in functions, and be the content of a module.
module {
  func.func private @gate(%u: tensor<?x?x3xf32>) -> tensor<?x?x3xi1> {
    %c = snn.fire %u {threshold = 1.0} : tensor<?x?x3xf32>
    %s, %r = snn.refractory event 4 %c : tensor<?x?x3xi1>
    return %s : tensor<?x?x3xi1>
  }
  func.func @model(%x: tensor<?x?x4xf32>,
                   %w: tensor<3x4xf32> {snn.param = "weight"})
      -> tensor<?x?x3xi1> {
    %i = snn.linear %x, %w : tensor<?x?x4xf32>, tensor<3x4xf32>
    %u, %v = snn.li %i {decay = 0.5} : tensor<?x?x3xf32>
    %s = func.call @gate(%u) : (tensor<?x?x3xf32>) -> tensor<?x?x3xi1>
    return %s : tensor<?x?x3xi1>
  }
}
