using Subscriptions.Bench;
using Subscriptions.Bench.Gate;

// gate          measures and judges; starts the two others as processes of their own
// service       the stub that stands beyond the website's border
// site [addr]   a website with one article: gated by that service, or as it is
switch (args)
{
    case ["service"]:
        await StubService.RunAsync();
        return 0;
    case ["site"]:
        await Site.RunAsync(null);
        return 0;
    case ["site", var service]:
        await Site.RunAsync(service);
        return 0;
    case ["gate"]:
        return await GateBench.RunAsync(BenchPlan.Full);
    case ["gate", "--quick"]:
        return await GateBench.RunAsync(BenchPlan.Quick);
    default:
        await Console.Error.WriteLineAsync("usage: bench/run gate [--quick]");
        return 2;
}
