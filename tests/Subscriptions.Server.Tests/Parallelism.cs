using NUnit.Framework;

// Each fixture has a service, a database and a Stripe of its own, and waits more than it works.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]
