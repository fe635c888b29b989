#ifndef TB_BATTERY_H
#define TB_BATTERY_H
#include <stdbool.h>
#include <stdint.h>
typedef struct tb_statistic {
  const char *name;
  double value, p;
  bool judged;
} tb_statistic;
#define TB_STATISTICS 24
#endif
