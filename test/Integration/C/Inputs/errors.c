/* Wrong calls of compiled models: each ends with its code and text, and leaves
 * outputs, states and inputs as they were. Prints what fails. */
#include "few_spikes.h"
#include "fixed.h"
#include "layer.h"
#include "many.h"
#include "other.h"
#include "snn/Runtime/Runtime.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 3, BATCH = 2, STATE = 2048, WORKSPACE = 1 << 16 };

/* All memory of a call, in one block so that one comparison sees every byte. */
typedef struct memory {
  float x[STEPS * BATCH * 3], bias[STEPS * BATCH * 4], w[4 * 3];
  float last[BATCH * 4], pad[2];
  uint8_t spikes[STEPS * BATCH * 4];
  uint64_t state[STATE / 8];
} memory;

typedef struct call {
  const float *x, *bias;
  uint8_t *spikes;
  float *last;
  int64_t steps, batch;
  void *state, *workspace;
  const layer_weights *weights;
} call;

static memory all, saved;
static uint64_t workspace[WORKSPACE / 8];
static layer_weights weights;
static int failures, checks;

static snn_state_header *header(void) { return (snn_state_header *)all.state; }

static call start(void) {
  call good = {all.x, all.bias,  all.spikes, all.last, STEPS,
               BATCH, all.state, workspace,  &weights};
  memset(&all, 0xa5, sizeof(all));
  for (int i = 0; i < STEPS * BATCH * 4; ++i)
    all.bias[i] = 0.25f * (float)(i % 5), all.x[i % 18] = 1;
  for (int i = 0; i < 12; ++i)
    all.w[i] = 0.5f;
  weights.fc_weight = all.w;
  if (layer_reset(all.state, BATCH))
    ++failures;
  return good;
}

static int run(call c) {
  return layer_run(c.x, c.bias, c.spikes, c.last, c.steps, c.batch, c.state,
                   c.workspace, c.weights);
}

static void report(const char *what, int expected, int got) {
  ++checks;
  if (expected == got)
    return;
  ++failures;
  printf("%s: expected %d (%s), but got %d (%s)\n", what, expected,
         layer_strerror(expected), got, layer_strerror(got));
}

/* A call that must fail and leave everything as it is. */
static void fails(const char *what, int expected, call c) {
  saved = all;
  report(what, expected, run(c));
  if (memcmp(&saved, &all, sizeof(all)) != 0) {
    ++failures;
    printf("%s: something is written\n", what);
  }
}

#define FAILS(code, change)                                                    \
  do {                                                                         \
    call c = start();                                                          \
    change;                                                                    \
    fails(#change, code, c);                                                   \
  } while (0)
#define RUNS(change)                                                           \
  do {                                                                         \
    call c = start();                                                          \
    change;                                                                    \
    report(#change, SNN_OK, run(c));                                           \
  } while (0)

static void *shift(void *pointer, int64_t offset) {
  return (char *)pointer + offset;
}

static void check_pointers(void) {
  RUNS((void)c);
  FAILS(SNN_ERROR_NULL, c.x = NULL);
  FAILS(SNN_ERROR_NULL, c.bias = NULL);
  FAILS(SNN_ERROR_NULL, c.spikes = NULL);
  FAILS(SNN_ERROR_NULL, c.last = NULL);
  FAILS(SNN_ERROR_NULL, c.workspace = NULL);
  FAILS(SNN_ERROR_NULL, c.weights = NULL);
  FAILS(SNN_ERROR_NULL, weights.fc_weight = NULL);
  RUNS(c.state = NULL); /* from zeros, and dropped */
  FAILS(SNN_ERROR_ALIGNMENT, c.x = shift(all.x, 1));
  FAILS(SNN_ERROR_ALIGNMENT, c.bias = shift(all.bias, 2));
  FAILS(SNN_ERROR_ALIGNMENT, c.last = shift(all.last, 3));
  FAILS(SNN_ERROR_ALIGNMENT, c.state = shift(all.state, 4));
  FAILS(SNN_ERROR_ALIGNMENT, weights.fc_weight = shift(all.w, 1));
  RUNS(c.workspace = shift(workspace, 1));
  RUNS(c.x = all.bias); /* both are only read */
  FAILS(SNN_ERROR_OVERLAP, c.spikes = shift(all.x, 7));
  FAILS(SNN_ERROR_OVERLAP, c.spikes = shift(all.w, 1));
  FAILS(SNN_ERROR_OVERLAP, c.spikes = shift(all.last, 31));
  FAILS(SNN_ERROR_OVERLAP, c.last = all.bias + 5);
  FAILS(SNN_ERROR_OVERLAP, c.last = all.w + 11);
  FAILS(SNN_ERROR_OVERLAP, c.spikes = shift(all.state, 3));
  FAILS(SNN_ERROR_OVERLAP, c.last = shift(all.state, 100));
  FAILS(SNN_ERROR_OVERLAP, c.x = shift(all.state, 100));
  FAILS(SNN_ERROR_OVERLAP, weights.fc_weight = shift(all.state, 64));
  FAILS(SNN_ERROR_OVERLAP, c.workspace = all.x);
  FAILS(SNN_ERROR_OVERLAP, c.workspace = shift(all.spikes, 1));
  FAILS(SNN_ERROR_OVERLAP, c.workspace = all.w);
  FAILS(SNN_ERROR_OVERLAP, c.workspace = shift(all.state, 128));
  FAILS(SNN_ERROR_OVERLAP, c.last = shift(workspace, 512));
  report("reset null", SNN_ERROR_NULL, layer_reset(NULL, 1));
  report("reset misaligned", SNN_ERROR_ALIGNMENT,
         layer_reset(shift(all.state, 4), 1));
}

static void check_sizes(void) {
  FAILS(SNN_ERROR_SIZE, c.steps = -1);
  FAILS(SNN_ERROR_SIZE, c.steps = INT64_MIN);
  FAILS(SNN_ERROR_SIZE, c.batch = -1);
  FAILS(SNN_ERROR_BATCH, c.batch = BATCH + 1);
  FAILS(SNN_ERROR_BATCH, c.batch = 0);
  FAILS(SNN_ERROR_OVERFLOW, c.steps = INT64_MAX / 4);
  FAILS(SNN_ERROR_OVERFLOW, c.batch = INT64_MAX / 4);
  FAILS(SNN_ERROR_OVERFLOW, header()->position = INT64_MAX);
  report("reset", SNN_ERROR_SIZE, layer_reset(all.state, -1));
  report("reset", SNN_ERROR_OVERFLOW, layer_reset(all.state, INT64_MAX / 8));
  report("state", -SNN_ERROR_SIZE, (int)layer_state_bytes(-1));
  report("state", -SNN_ERROR_OVERFLOW, (int)layer_state_bytes(INT64_MAX / 8));
  report("workspace", -SNN_ERROR_SIZE, (int)layer_workspace_bytes(-1, 1));
  report("workspace", -SNN_ERROR_SIZE, (int)layer_workspace_bytes(1, -1));
  report("workspace", -SNN_ERROR_OVERFLOW,
         (int)layer_workspace_bytes(INT64_MAX / 4, 2));

  /* No step: the output without time is written, and the state stays. */
  call c = start();
  saved = all;
  c.steps = 0;
  report("no steps", SNN_OK, run(c));
  report("no steps: static output", 0, all.last[0] != 0);
  report("no steps: spikes", 0,
         memcmp(saved.spikes, all.spikes, sizeof(all.spikes)));
  report("no steps: position", 0, (int)header()->position);
  /* No sequence: nothing is written. */
  c = start();
  if (layer_reset(all.state, 0))
    ++failures;
  saved = all;
  c.batch = 0;
  report("no sequence", SNN_OK, run(c));
  report("no sequence: bytes", 0, memcmp(&saved, &all, sizeof(all)));

  /* A model of two sequences, and one of four steps. */
  float x[18] = {0}, y[18];
  report("fixed batch", SNN_ERROR_SHAPE,
         fixed_run(x, y, 1, 3, NULL, workspace));
  report("fixed batch", SNN_OK, fixed_run(x, y, 1, 2, NULL, workspace));
  few_spikes_weights values = {x, x, x, x};
  uint8_t s[12];
  uint64_t state[64];
  for (int64_t steps = 0; steps < 7; ++steps)
    if (steps != 4)
      report("steps of tables",
             steps > 4 ? SNN_ERROR_MAX_STEPS : SNN_ERROR_SHAPE,
             few_spikes_run(s, y, steps, 1, NULL, workspace, &values));
  report("table state", SNN_OK, few_spikes_reset(state, 1));
  report("tables", SNN_OK,
         few_spikes_run(s, y, 4, 1, state, workspace, &values));
  report("beyond tables", SNN_ERROR_MAX_STEPS,
         few_spikes_run(s, y, 4, 1, state, workspace, &values));
}

static void check_states(void) {
  FAILS(SNN_ERROR_STATE, other_reset(all.state, BATCH));
  FAILS(SNN_ERROR_BATCH, layer_reset(all.state, 1));
  FAILS(SNN_ERROR_STATE, header()->version += 1);
  FAILS(SNN_ERROR_STATE, header()->hash ^= 1);
  FAILS(SNN_ERROR_STATE, header()->magic[7] ^= 1);
  FAILS(SNN_ERROR_STATE, header()->bytes += 64);
  FAILS(SNN_ERROR_STATE, header()->position = -1);
  FAILS(SNN_ERROR_STATE, header()->current = 2);
  FAILS(SNN_ERROR_STATE, header()->current = -1);
  FAILS(SNN_ERROR_STATE, memset(all.state, 0, sizeof(all.state)));
  FAILS(SNN_ERROR_STATE, memset(all.state, 0xff, sizeof(all.state)));
  FAILS(SNN_ERROR_BUSY, header()->owner = 1);
  /* A failed run gives the state back. */
  call c = start();
  c.x = NULL;
  report("a failed run", SNN_ERROR_NULL, run(c));
  c.x = all.x;
  report("the next run", SNN_OK, run(c));
  report("its position", STEPS, (int)header()->position);
  /* What is not a number goes through: only the executable looks for it. */
  c = start();
  all.x[0] = NAN;
  report("NaN", SNN_OK, run(c));
}

/* A model of 20 states, whose list is in the workspace. */
static void check_many(void) {
  static uint64_t state[4096 / 8];
  float x[40] = {1, 2, 3}, copy[40], y[3], z[3];
  int64_t bytes = many_workspace_bytes(1, 1);
  report("many: workspace", 0, bytes > WORKSPACE);
  report("many: state", 0, many_state_bytes(1) > (int64_t)sizeof(state));
  report("many: reset", SNN_OK, many_reset(state, 1));
  report("many: run", SNN_OK, many_step(x, y, 1, state, workspace));
  report("many: odd workspace", SNN_OK,
         many_step(x, z, 1, state, shift(workspace, 3)));
  /* One, and 20 halves of it more, where each of 20 layers adds to its own. */
  report("many: first", 1, y[0] == 1 && y[1] == 2 && y[2] == 3);
  report("many: second", 1, z[0] == 11 && z[1] == 22 && z[2] == 33);
  memcpy(copy, x, sizeof(x));
  report("many: overlap", SNN_ERROR_OVERLAP, many_step(x, y, 1, state, x));
  report("many: workspace in state", SNN_ERROR_OVERLAP,
         many_step(x, y, 1, state, shift(state, 64)));
  report("many: input", 0, memcmp(copy, x, sizeof(x)));
  report("many: position", 2, (int)((snn_state_header *)state)->position);
}

/* --- Arrays that describe themselves
 * ----------------------------------------*/

/* As dlpack.h has it. */
struct DLTensor {
  void *data;
  int32_t device_type, device_id;
  int32_t ndim;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *shape, *strides;
  uint64_t byte_offset;
};

static struct DLTensor arrays[5];
static int64_t shapes[5][4];
static char message[160];

static struct DLTensor *describe(int i, void *data, int code, int bits,
                                 int rank, int64_t a, int64_t b, int64_t c) {
  struct DLTensor array = {data,          1, 0,         rank, (uint8_t)code,
                           (uint8_t)bits, 1, shapes[i], NULL, 0};
  shapes[i][0] = a, shapes[i][1] = b, shapes[i][2] = c, shapes[i][3] = 1;
  arrays[i] = array;
  return &arrays[i];
}

static const struct DLTensor *inputs[2], *params[1];
static struct DLTensor *outputs[2];

static snn_invocation describe_all(void) {
  call c = start();
  inputs[0] = describe(0, all.x, 2, 32, 3, STEPS, BATCH, 3);
  inputs[1] = describe(1, all.bias, 2, 32, 3, STEPS, BATCH, 4);
  params[0] = describe(2, all.w, 2, 32, 2, 4, 3, 1);
  outputs[0] = describe(3, all.spikes, 6, 8, 3, STEPS, BATCH, 4);
  outputs[1] = describe(4, all.last, 2, 32, 2, BATCH, 4, 1);
  snn_invocation good = {inputs,    params,  outputs,        NULL,
                         -1,        -1,      c.state,        workspace,
                         WORKSPACE, message, sizeof(message)};
  return good;
}

static void expect_message(const char *what, const char *expected) {
  if (strcmp(expected, message) == 0)
    return;
  ++failures;
  printf("%s: expected '%s', but got '%s'\n", what, expected, message);
}

#define REFUSES(code, text, change)                                            \
  do {                                                                         \
    snn_invocation c = describe_all();                                         \
    change;                                                                    \
    saved = all;                                                               \
    report(#change, code, snn_invoke(layer_info(), &c));                       \
    expect_message(#change, text);                                             \
    report(#change " writes", 0, memcmp(&saved, &all, sizeof(all)));           \
  } while (0)
#define ACCEPTS(change)                                                        \
  do {                                                                         \
    snn_invocation c = describe_all();                                         \
    change;                                                                    \
    report(#change, SNN_OK, snn_invoke(layer_info(), &c));                     \
    expect_message(#change, "");                                               \
  } while (0)

static void check_shapes(void) {
  ACCEPTS((void)c);
  REFUSES(SNN_ERROR_ARGUMENT, "input 'x': expected 3 dimensions, but got 2",
          arrays[0].ndim = 2);
  REFUSES(SNN_ERROR_ARGUMENT, "input 'x': expected 3 dimensions, but got 4",
          arrays[0].ndim = 4);
  REFUSES(SNN_ERROR_ARGUMENT,
          "input 'x': expected shape [3, 2, 3], but got [3, 2, 4]",
          shapes[0][2] = 4);
  REFUSES(SNN_ERROR_ARGUMENT,
          "input 'bias': expected T = 3 as before it, but got 4",
          shapes[1][0] = 4);
  REFUSES(SNN_ERROR_ARGUMENT,
          "input 'bias': expected B = 2 as before it, but got 1",
          shapes[1][1] = 1);
  REFUSES(SNN_ERROR_ARGUMENT,
          "output 's': expected shape [3, 2, 4], but got [2, 2, 4]",
          shapes[3][0] = 2);
  REFUSES(SNN_ERROR_ARGUMENT,
          "output 'v': expected shape [2, 4], but got [2, 5]",
          shapes[4][1] = 5);
  REFUSES(SNN_ERROR_ARGUMENT,
          "parameter 'fc.weight': expected shape [4, 3], but got [3, 4]",
          (shapes[2][0] = 3, shapes[2][1] = 4));
  REFUSES(SNN_ERROR_BATCH, "the state is one of another batch",
          (shapes[0][1] = shapes[1][1] = shapes[3][1] = shapes[4][0] = 1));
  REFUSES(SNN_ERROR_ARGUMENT, "input 'x': expected T >= 0, but got -3",
          (shapes[0][0] = shapes[1][0] = shapes[3][0] = -3));
  REFUSES(SNN_ERROR_ARGUMENT,
          "output 's': expected shape [3, 2, 4], but got [3, 2]",
          arrays[3].ndim = 2);
  REFUSES(SNN_ERROR_ARGUMENT,
          "input 'x': expected T = 4 as before it, but got 3", c.steps = 4);
}

static void check_elements(void) {
  static int64_t dense[] = {6, 3, 1}, transposed[] = {6, 1, 2},
                 reversed[] = {6, 3, -1};
  static int64_t rows[] = {3, 1}, columns[] = {1, 4}, sparse[] = {1, 5};
  REFUSES(SNN_ERROR_ARGUMENT,
          "input 'x': expected elements of type f32, but got f64",
          arrays[0].bits = 64);
  REFUSES(SNN_ERROR_ARGUMENT,
          "input 'x': expected elements of type f32, but got i32",
          arrays[0].code = 0);
  REFUSES(SNN_ERROR_ARGUMENT,
          "input 'x': expected elements of type f32, but got f32x4",
          arrays[0].lanes = 4);
  REFUSES(SNN_ERROR_ARGUMENT,
          "output 's': expected elements of type i1, but got i8",
          arrays[3].code = 0);
  ACCEPTS(arrays[3].code = 1); /* uint8 */
  REFUSES(
      SNN_ERROR_ARGUMENT,
      "input 'x': expected a dense row-major array, but got strides 6, 1, 2",
      arrays[0].strides = transposed);
  REFUSES(
      SNN_ERROR_ARGUMENT,
      "input 'x': expected a dense row-major array, but got strides 6, 3, -1",
      arrays[0].strides = reversed);
  ACCEPTS(arrays[0].strides = dense);
  ACCEPTS(arrays[2].strides = rows);
  ACCEPTS(arrays[2].strides = columns);
  REFUSES(SNN_ERROR_ARGUMENT,
          "parameter 'fc.weight': expected a dense row-major or column-major "
          "array, but got strides 1, 5",
          arrays[2].strides = sparse);
  ACCEPTS((arrays[0].data = shift(all.x, -8), arrays[0].byte_offset = 8));
  REFUSES(
      SNN_ERROR_ARGUMENT,
      "input 'x': expected memory of the CPU, but got that of device type 2",
      arrays[0].device_type = 2);
  REFUSES(
      SNN_ERROR_ARGUMENT,
      "output 's': expected memory of the CPU, but got that of device type 10",
      arrays[3].device_type = 10);
}

static void check_memory(void) {
  static struct DLTensor *none[2];
  REFUSES(SNN_ERROR_NULL, "input 'x': expected an array", inputs[0] = NULL);
  REFUSES(SNN_ERROR_NULL, "input 'x': expected an array", c.inputs = NULL);
  REFUSES(SNN_ERROR_NULL, "parameter 'fc.weight': expected an array",
          c.params = NULL);
  REFUSES(SNN_ERROR_NULL, "output 's': expected an array", c.outputs = none);
  REFUSES(SNN_ERROR_NULL, "input 'x': expected memory, but got a null pointer",
          arrays[0].data = NULL);
  REFUSES(SNN_ERROR_NULL, "expected a workspace", c.workspace = NULL);
  REFUSES(SNN_ERROR_WORKSPACE, "the workspace is too small",
          c.workspace_bytes = 8);
  REFUSES(SNN_ERROR_WORKSPACE, "the workspace is too small",
          c.workspace_bytes = 400);
  REFUSES(SNN_ERROR_ALIGNMENT,
          "a pointer is not aligned to the size of its elements",
          arrays[0].byte_offset = 1);
  REFUSES(SNN_ERROR_OVERLAP,
          "an array that is written overlaps another argument",
          arrays[3].data = all.x);
  REFUSES(SNN_ERROR_OVERLAP,
          "input 'x': expected an array that does not overlap the workspace",
          c.workspace = all.x);
  REFUSES(SNN_ERROR_OVERLAP,
          "an array that is written overlaps another argument",
          c.workspace = all.state);
  REFUSES(SNN_ERROR_STATE,
          "the state is not one of this model, or of another version of it",
          header()->hash += 1);
  REFUSES(SNN_ERROR_BUSY, "another thread is running this state",
          header()->owner = 1);
  snn_invocation c = describe_all();
  c.workspace_bytes = snn_invoke_workspace_bytes(layer_info(), STEPS, BATCH);
  report("workspace of the size told", SNN_OK, snn_invoke(layer_info(), &c));
  report("null model", SNN_ERROR_NULL, snn_invoke(NULL, &c));
  report("null invocation", SNN_ERROR_NULL, snn_invoke(layer_info(), NULL));
  /* Messages end where their room does. */
  c = describe_all();
  arrays[0].code = 0;
  memset(message, '!', sizeof(message));
  c.message_bytes = 6;
  report("short message", SNN_ERROR_ARGUMENT, snn_invoke(layer_info(), &c));
  report("its end", 0, memcmp(message, "input\0!", 7));
  c.message_bytes = 0;
  message[0] = '!';
  report("no room", SNN_ERROR_ARGUMENT, snn_invoke(layer_info(), &c));
  report("nothing there", '!', message[0]);
  c.message = NULL;
  report("no message", SNN_ERROR_ARGUMENT, snn_invoke(layer_info(), &c));
}

int main(void) {
  check_pointers();
  check_sizes();
  check_states();
  check_many();
  check_shapes();
  check_elements();
  check_memory();
  printf("%d checks, %d failed\n", checks, failures);
  return failures != 0;
}
