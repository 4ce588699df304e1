// What cannot be read or written: exit code 3.
// DEFINE: %{fails} = %python %S/Inputs/exits.py 3 snnc
// RUN: rm -rf %t && mkdir %t
// RUN: %{fails} %t/missing.mlir -o %t/out 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: %{fails} %t -o %t/out 2>&1 | FileCheck %s --check-prefix=FOLDER
// RUN: %{fails} %s -o %t/no/out 2>&1 | FileCheck %s --check-prefix=NO-FOLDER
// RUN: %{fails} %s -o %t 2>&1 | FileCheck %s --check-prefix=IS-FOLDER
// RUN: %{fails} %s -o %t/out --weights=embed:%t/no.safetensors 2>&1 | FileCheck %s --check-prefix=WEIGHTS

// Nothing is left behind, not even a file of ours with another name.
// RUN: ls %t | count 0

//   MISSING: snnc: error: cannot read '{{.*}}missing.mlir': No such file or directory
//    FOLDER: snnc: error: cannot read '{{.*}}': Is a directory
// NO-FOLDER: snnc: error: cannot write {{.*}}no/out: No such file or directory
// IS-FOLDER: snnc: error: cannot write {{.*}}: expected a file, but got a directory
//   WEIGHTS: snnc: error: cannot read {{.*}}no.safetensors{{.*}}: No such file or directory
func.func @model(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  return %x : tensor<?x?x4xf32>
}
