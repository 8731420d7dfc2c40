using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Subscriptions.Bench;

/// <summary>What wrk saw in one round.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="PerSecond">Of them in a second.</param>
/// <param name="P99">Milliseconds within which 99 of 100 were answered.</param>
internal sealed record Load(long Requests, double PerSecond, double P99);

/// <summary>The load generator: wrk, one thread, 16 connections.</summary>
internal static partial class Wrk
{
    public static async Task<Load> RunAsync(Uri page, string cookie, int seconds)
    {
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        string[] words = ["-t1", "-c16", $"-d{seconds}s", "--latency", "-H", "Cookie: " + cookie, "-H", "Accept: text/html", page.ToString()];
        foreach (var word in words)
            start.ArgumentList.Add(word);
        using var wrk = Leftovers.Start(start);
        var said = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        Leftovers.End(wrk, TimeSpan.Zero);
        if (wrk.ExitCode != 0 || said.Contains("Non-2xx", StringComparison.Ordinal) || said.Contains("Socket errors", StringComparison.Ordinal))
            throw new InvalidOperationException($"Not every request to {page} was answered well:\n{said}");
        return new Load(long.Parse(Requests().Match(said).Groups[1].Value, CultureInfo.InvariantCulture), Number(PerSecond().Match(said)), Milliseconds(P99().Match(said)));
    }

    private static double Number(Match found) => double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);

    private static double Milliseconds(Match found) => Number(found) * found.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 };

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P99();
}
