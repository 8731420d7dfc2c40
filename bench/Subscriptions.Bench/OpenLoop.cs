using System.Diagnostics;
using System.Globalization;

namespace Subscriptions.Bench;

/// <summary>Milliseconds, sorted.</summary>
internal sealed class Latencies(IEnumerable<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public double P50 => At(0.50);

    public double P99 => At(0.99);

    public double Max => _sorted[^1];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p50 {P50:F2}, p99 {P99:F2}, max {Max:F1} ms of {_sorted.Length}{(Wrong == 0 ? "" : $", {Wrong} of them not answered as they should be")}");

    /// <summary>Requests without the right answer: no time would have been enough for them.</summary>
    public int Wrong => _sorted.Count(double.IsPositiveInfinity);

    private double At(double part) => _sorted[Math.Min(_sorted.Length - 1, (int)(part * _sorted.Length))];
}

/// <summary>
/// Sends requests at a fixed rate, whether or not the earlier ones were answered, and counts each from the moment at which it was due: whoever is slow
/// cannot slow the generator down with him. Its own lateness (it sleeps in steps of a millisecond) counts as well.
/// </summary>
internal static class OpenLoop
{
    /// <param name="request">The request of a number.</param>
    /// <param name="isRight">Whether an answer is the one that is to be measured; one that is not counts as never answered.</param>
    public static async Task<Latencies> RunAsync(int perSecond, int seconds, Func<int, HttpRequestMessage> request, Func<HttpResponseMessage, bool> isRight)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        var all = new Task<double>[perSecond * seconds];
        await Task.Factory.StartNew(() => Send(http, all, perSecond, request, isRight), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return new Latencies(await Task.WhenAll(all));
    }

    private static void Send(HttpClient http, Task<double>[] all, int perSecond, Func<int, HttpRequestMessage> request, Func<HttpResponseMessage, bool> isRight)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < all.Length; i++)
        {
            var due = begun + (long)(i * (double)Stopwatch.Frequency / perSecond);
            while (Stopwatch.GetTimestamp() < due)
                Thread.Sleep(1);
            all[i] = AskAsync(http, request(i), due, isRight);
        }
    }

    private static async Task<double> AskAsync(HttpClient http, HttpRequestMessage request, long due, Func<HttpResponseMessage, bool> isRight)
    {
        using (request)
        {
            try
            {
                using var response = await http.SendAsync(request).ConfigureAwait(false);
                return isRight(response) ? Stopwatch.GetElapsedTime(due).TotalMilliseconds : double.PositiveInfinity;
            }
            catch (HttpRequestException)
            {
                return double.PositiveInfinity;
            }
        }
    }
}
