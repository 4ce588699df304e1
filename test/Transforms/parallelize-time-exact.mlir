// Where the grid certificate says that no order of a layer's sums rounds, a scan
// keeps every bit: it is of class A, and allowed under exact numerics.
// RUN: snn-opt %s --snn-parallelize-time=numerics=exact | FileCheck %s
// RUN: snn-opt %s --snn-parallelize-time="numerics=exact strategy=conv" | FileCheck %s --check-prefix=CONV

// CHECK-LABEL: func.func @certified(
//  CHECK-SAME:   bound = "none: no sum rounds"
//  CHECK-SAME:   class = "A"
//       CHECK:   snn.scan real(%{{.*}}) {associative
// CONV-LABEL: func.func @certified(
//  CONV-SAME:   class = "A"
//       CONV:   snn.temporal_conv
func.func @certified(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
    attributes {snn.report = [
      {layer = "sum", certificate = "exact: multiples of 0.5 below 1024"}]} {
  %v, %vT = snn.li %x {decay = 1.0, snn.layer = "sum"} : tensor<?x?x1xf32>
  return %v : tensor<?x?x1xf32>
}
