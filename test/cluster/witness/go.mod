module seawall.dev/test-cluster/witness

go 1.26.0
