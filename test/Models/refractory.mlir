// The three readings of "a fixed refractory period" on one train of candidates.
//
// Source: the fixed refractory period of arXiv 2504.17751, which its readers
// implement in three ways. With candidates c:
//
//   event:   s[t] = c[t] and no s in t-2 .. t-1     an emitted spike silences
//   window:  s[t] = c[t] and no c in t-2 .. t-1     a candidate silences
//   phase:   s[t] = c[t] and t mod 8 = 2            a clock silences

func.func @refractory(%c: tensor<?x?x4xi1>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  %event, %wait = snn.refractory event 2 %c : tensor<?x?x4xi1>
  %window, %silent = snn.refractory window 2 %c : tensor<?x?x4xi1>
  %phase = snn.refractory phase 8 %c {phase = 2} : tensor<?x?x4xi1>
  return %event, %window, %phase
      : tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>
}
