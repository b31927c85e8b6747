// Pages mostly wait for their worker, and a worker for its tools: three at a time.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
