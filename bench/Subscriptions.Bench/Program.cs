using Subscriptions.Bench;
using Subscriptions.Bench.Gate;

// gate                    measures and judges; starts the others as processes of their own
// service                 the stub that stands beyond the website's border
// site [addr [by-header]] a website with one article: gated by a service, or as it is; by-header: the reader's id stands in a header
// nothing                 an endpoint that does nothing but answer 200
// micro plan name         BenchmarkDotNet over the paywall's insides
// memory readers          fills a cache and says how large it is
switch (args)
{
    case ["service"]:
        await StubService.RunAsync();
        return 0;
    case ["site"]:
        await Site.RunAsync(null, byHeader: false);
        return 0;
    case ["site", var service]:
        await Site.RunAsync(service, byHeader: false);
        return 0;
    case ["site", var service, "by-header"]:
        await Site.RunAsync(service, byHeader: true);
        return 0;
    case ["nothing"]:
        await Nothing.RunAsync();
        return 0;
    case ["micro", var plan, var name]:
        return MicroBench.Run(BenchPlan.Named(plan), name);
    case ["memory", var readers]:
        return await CacheMemory.FillAsync(int.Parse(readers, System.Globalization.CultureInfo.InvariantCulture));
    case ["gate"]:
        return await GateBench.RunAsync(BenchPlan.Full);
    case ["gate", "--quick"]:
        return await GateBench.RunAsync(BenchPlan.Quick);
    default:
        await Console.Error.WriteLineAsync("usage: bench/run gate [--quick]");
        return 2;
}
