// The report of a model: a table for people, JSON in what is compiled.
// RUN: snnc --explain %s | FileCheck %s
// RUN: snnc --explain %s --target=native --numerics=exact --strategy=loop -o %t | FileCheck %s
// RUN: %t --report | FileCheck %s --check-prefix=JSON
// RUN: printf "x[0],x[1],x[2]\n1,2,3\n" | env SNN_VERBOSE=1 %t --format=csv --input - --output - 2>&1 | FileCheck %s --check-prefix=VERBOSE
// RUN: snnc %s --stop-after=space | FileCheck %s --check-prefix=IR

// CHECK: {{^layer +op +verdict +form +class$}}
// CHECK-NEXT: {{^hidden +lif +feedback of spikes +loop +A$}}
// CHECK-NEXT: {{^  done        generalized$}}
// CHECK-NEXT: {{^  reason      a spike takes the threshold from the potential, so that the next step is$}}
// CHECK-NEXT: {{^              not a linear map of this one, and no scan can be made of it$}}
// CHECK-NEXT: {{^out +li +linear, constant A +scan +B$}}
// CHECK-NEXT: {{^  bound       log2\(T\) u sum \|a\|\^k \|x\|$}}

// JSON: "layers":[{"class":"A","done":"generalized","form":"loop","layer":"hidden",
// JSON-SAME: "level":"E2"{{.*}}"model":"net","numerics":"exact","optimize":true,"record":"none","strategy":"loop","weights":null}

// VERBOSE: {"allow":[],"bounds":
// IR: snn.report = [


func.func @net(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
    attributes {snn.report = [
      {layer = "hidden", op = "lif", verdict = "feedback of spikes",
       reason = "a spike takes the threshold from the potential, so that the next step is not a linear map of this one, and no scan can be made of it",
       form = "loop", class = "A", done = "generalized"},
      {layer = "out", op = "li", verdict = "linear, constant A", form = "scan",
       class = "B", bound = "log2(T) u sum |a|^k |x|"}]} {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0}
      : tensor<?x?x3xf32>
  %f = arith.uitofp %s : tensor<?x?x3xi1> to tensor<?x?x3xf32>
  %y, %u = snn.li %f {decay = 0.9} : tensor<?x?x3xf32>
  return %y : tensor<?x?x3xf32>
}
