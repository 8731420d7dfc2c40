using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Subscriptions.Bench.Gate;

/// <summary>
/// BenchmarkDotNet over the paywall's insides. Each class runs in a child of its own, and within it in process: BenchmarkDotNet's own children would have to
/// be generated and compiled each time.
/// </summary>
internal static class MicroBench
{
    private static readonly (string Name, Type Of)[] Classes = [("decision", typeof(DecisionBenchmarks)), ("pass", typeof(PassBenchmarks))];

    public static async Task RunAsync(BenchPlan plan, Report report)
    {
        Dictionary<string, (double Nanoseconds, double Bytes)> figures = [];
        foreach (var (name, _) in Classes)
        {
            foreach (var line in (await Child.RunAsync("micro", plan.Name, name)).Select(said => said.Split('\t')).Where(words => words.Length == 3))
                figures[line[0]] = (double.Parse(line[1], CultureInfo.InvariantCulture), double.Parse(line[2], CultureInfo.InvariantCulture));
        }

        var decision = figures[nameof(DecisionBenchmarks.Cache)];
        report.AtMost("the decision itself, cache hit", decision.Nanoseconds, 1_000, "ns", "300 ns");
        report.AtMost("its allocation", decision.Bytes, 200, "bytes", "0 bytes");
        report.Told("the same for a reader not among the last 10,000, still packed", Both(figures[nameof(DecisionBenchmarks.PackedCache)]));
        report.Told("the whole of a request's decision, cookies included", Both(figures[nameof(DecisionBenchmarks.Request)]));
        report.AtMost("reader-pass check, seen before", figures[nameof(PassBenchmarks.SeenBefore)].Nanoseconds, 1_000, "ns", "");
        report.AtMost("reader-pass check, new", figures[nameof(PassBenchmarks.New)].Nanoseconds / 1_000, 200, "µs", "");
    }

    /// <summary>In the child: one line for each benchmark, with nanoseconds and bytes.</summary>
    public static int Run(BenchPlan plan, string name)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(plan.Iterations / 2).WithIterationCount(plan.Iterations).WithIterationTime(TimeInterval.FromMilliseconds(plan.IterationMilliseconds));
        var config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddLogger(NullLogger.Instance)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance).WithArtifactsPath(Leftovers.Folder)
            .WithOptions(ConfigOptions.DisableLogFile);
        Summary summary;
        try
        {
            summary = BenchmarkRunner.Run(Classes.Single(one => one.Name == name).Of, config);
        }
        finally
        {
            Leftovers.Clear();
        }

        if (summary.Reports.Length == 0 || !summary.Reports.All(one => one.Success))
            return 1;
        foreach (var one in summary.Reports)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{one.BenchmarkCase.Descriptor.WorkloadMethod.Name}\t{one.ResultStatistics!.Mean}\t{one.GcStats.GetBytesAllocatedPerOperation(one.BenchmarkCase)}"));
        }

        return 0;
    }

    private static string Both((double Nanoseconds, double Bytes) figure) => string.Create(CultureInfo.InvariantCulture, $"{figure.Nanoseconds:F0} ns, {figure.Bytes:F0} B");
}
