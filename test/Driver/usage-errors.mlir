// What is wrong on the command line: exit code 2, and one line that says what
// is expected.
// DEFINE: %{fails} = %python %S/Inputs/exits.py 2 snnc
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=MODEL
// RUN: %{fails} %s 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: %{fails} %s -o %t --weights=w.safetensors 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// RUN: %{fails} %s -o %t --weights=embed: 2>&1 | FileCheck %s --check-prefix=NO-FILE
// RUN: %{fails} %s --stop-after=link 2>&1 | FileCheck %s --check-prefix=STAGE
// RUN: %{fails} %s -o %t --target=arm 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: %{fails} %s -o %t --target=x86-64-v3,arm 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: %{fails} %s --stop-after=time --target=arm 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: %{fails} %s -o %t --frobnicate 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: %{fails} %s %s -o %t 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not ls %t

//   MODEL: snnc: error: expected a model: snnc MODEL.mlir -o OUT
//  OUTPUT: snnc: error: expected an output file: -o OUT
// WEIGHTS: snnc: error: expected --weights=args, embed:FILE or external:FILE, but got 'w.safetensors'
// NO-FILE: snnc: error: expected --weights=args, embed:FILE or external:FILE, but got 'embed:'
//   STAGE: snnc: error: expected a stage verify, time, space, lower or upstream, but got 'link'
//  TARGET: snnc: error: expected a target native, x86-64-v2, x86-64-v3, x86-64-v4 or aarch64, or cuda:sm_N with N from 80 to 121, but got 'arm'
// UNKNOWN: Unknown command line argument '--frobnicate'
//     TWO: snnc: error: expected one model, but got '{{.*}}.mlir' and '{{.*}}.mlir'
func.func @model(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  return %x : tensor<?x?x4xf32>
}
