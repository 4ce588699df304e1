// A case for each error of an option of convert-snn-to-linalg.
// RUN: not snn-opt %s --convert-snn-to-linalg=lanes=3 2>&1 | FileCheck %s -DGOT=3
// RUN: not snn-opt %s --convert-snn-to-linalg=column-lanes=0 2>&1 | FileCheck %s -DGOT=0
// RUN: not snn-opt %s --convert-snn-to-linalg=event-lanes=-8 2>&1 | FileCheck %s -DGOT=-8
// RUN: not snn-opt %s --convert-snn-to-linalg=vector-lanes=12 2>&1 | FileCheck %s -DGOT=12
// RUN: not snn-opt %s --convert-snn-to-linalg=row-block=0 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not snn-opt %s --convert-snn-to-linalg=steps-per-visit=0 2>&1 | FileCheck %s --check-prefix=STEPS

// CHECK: error: expected lanes that are a power of two, but got [[GOT]]
//  ROWS: error: expected a row block of at least 1, but got 0{{$}}
// STEPS: error: expected at least 1 step per visit, but got 0{{$}}
func.func @f(%x: tensor<?x?x4xf32>, %w: tensor<3x4xf32>) -> tensor<?x?x3xf32> {
  %y = snn.linear %x, %w : tensor<?x?x4xf32>, tensor<3x4xf32>
  return %y : tensor<?x?x3xf32>
}
