using System.Diagnostics;

namespace Subscriptions.Bench;

/// <summary>Another role of this program in a process of its own, so that its CPU time is its own.</summary>
internal sealed class Child : IDisposable
{
    private const string Listening = "Listening on ";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private Child(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>User and system time so far.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<Child> StartAsync(params string[] role)
    {
        var process = Start(role);
        using var limit = new CancellationTokenSource(StartLimit);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith(Listening, StringComparison.Ordinal))
                return new Child(process, new Uri(line[Listening.Length..]));
        }

        throw new InvalidOperationException($"{string.Join(' ', role)} did not start.");
    }

    /// <summary>Runs a role that ends by itself; what it said, line by line.</summary>
    public static async Task<string[]> RunAsync(params string[] role)
    {
        using var process = Start(role);
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Leftovers.End(process, TimeSpan.Zero);
        return process.ExitCode == 0
            ? said.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"{string.Join(' ', role)} ended with {process.ExitCode}: {said}");
    }

    /// <summary>The other side of <see cref="StartAsync"/>: says where it listens, and ends when the parent is gone.</summary>
    public static async Task ServeAsync(WebApplication app)
    {
        await app.StartAsync();
        await Console.Out.WriteLineAsync(Listening + app.Urls.First());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    /// <summary>A builder that listens on a free port of loopback and says nothing.</summary>
    public static WebApplicationBuilder NewBuilder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(TimeSpan.FromSeconds(5));
        Leftovers.End(_process, TimeSpan.FromSeconds(1));
        _process.Dispose();
    }

    private static Process Start(string[] role)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Child).Assembly.Location);
        foreach (var word in role)
            start.ArgumentList.Add(word);
        return Leftovers.Start(start);
    }
}
