// The scenarios wait for processes and polls far more than they compute.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
