"""Import this before torch: settings that the mathematics library reads once.

OpenBLAS 0.3.21 does not know recent processors and would fall back to its
slowest kernels; waiting threads must not spin where cores are few.
"""
import os

with open("/proc/cpuinfo") as f:
    _wide = "avx512f" in f.read()
for _name, _value in (("OPENBLAS_CORETYPE", "SkylakeX" if _wide else "Haswell"),
                      ("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"),
                      ("OMP_WAIT_POLICY", "passive"), ("GOMP_SPINCOUNT", "0")):
    os.environ.setdefault(_name, _value)
