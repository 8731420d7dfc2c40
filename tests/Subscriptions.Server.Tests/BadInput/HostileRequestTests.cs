using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.BadInput;

/// <summary>
/// Malformed and hostile requests to every route. <c>BAD_REQUESTS=20000</c> sends that many; <c>BAD_SEED</c> draws others, and
/// <c>BAD_ONLY=17</c> sends the one that was told.
/// </summary>
internal sealed class HostileRequestTests
{
    private const int UsualRequests = 350;
    private const int Between = 250;
    private const int AtOnce = 4;
    private const int LargestAnswer = 2_000_000;

    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(2);

    [Test]
    public async Task No_request_whatever_it_is_breaks_anything_changes_anything_or_learns_anything()
    {
        var (count, seed, only) = (Number("BAD_REQUESTS") ?? UsualRequests, Number("BAD_SEED") ?? 1, Number("BAD_ONLY"));
        await using var victim = await Victim.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, MaxConnectionsPerServer = AtOnce * 2 });
        var wrong = new ConcurrentBag<string>();
        var before = await DigestAsync(victim);
        if (only is not null)
        {
            AppDomain.CurrentDomain.FirstChanceException += (_, thrown) =>
            {
                // The connection's own partings are no news.
                if (thrown.Exception is not (OperationCanceledException or HttpIOException or HttpRequestException or SocketException) and not IOException { InnerException: SocketException })
                {
                    TestContext.Progress.WriteLine(thrown.Exception);
                }
            };
        }

        for (var first = only ?? 0; first < (only + 1 ?? count); first += Between)
        {
            var last = only ?? Math.Min(first + Between, count) - 1;
            await Parallel.ForAsync(first, last + 1, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
            {
                var request = new HostileRequest(victim, seed, number);
                if (await SendAsync(http, request) is { } complaint)
                {
                    wrong.Add($"{number}: {request}: {complaint}");
                }
            });
            var after = await DigestAsync(victim);
            foreach (var table in before.Keys.Where(t => before[t] != after[t]))
            {
                wrong.Add($"{first} to {last}: {table} was {before[table]} and is {after[table]}");
            }

            before = after;
        }

        await TestContext.Out.WriteLineAsync($"{count} requests to {victim.Targets.Count} routes");
        Assert.That(wrong, Is.Empty, $"Again: BAD_SEED={seed} BAD_ONLY=<number> dotnet test tests/Subscriptions.Server.Tests --filter BadInput");
    }

    private static async Task<SortedDictionary<string, string>> DigestAsync(Victim victim)
    {
        await victim.Server.Service.SettledAsync();
        await using var db = victim.Server.OpenDatabase();
        return await StateDigest.TakeAsync(db);
    }

    private static async Task<string?> SendAsync(HttpClient http, HostileRequest request)
    {
        using var patience = new CancellationTokenSource(_longest);
        try
        {
            return request.IsRaw ? await RawAsync(request, patience.Token) : await AskAsync(http, request, patience.Token);
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {_longest.TotalSeconds} s";
        }
        catch (Exception closed) when (closed is HttpRequestException or IOException or SocketException or FormatException)
        {
            // The connection was shut in the face of it, or this client refuses to write it.
            return null;
        }
    }

    private static async Task<string?> AskAsync(HttpClient http, HostileRequest request, CancellationToken patience)
    {
        using var message = request.Message();
        using var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience);
        var text = string.Join('\n', answer.Headers.Concat(answer.Content.Headers).SelectMany(h => h.Value));
        if (answer.Content.Headers.ContentType?.MediaType is not "text/event-stream")
        {
            text += await answer.Content.ReadAsStringAsync(patience);
        }

        return Judge((int)answer.StatusCode, text) is { } complaint ? $"{message.Method} with {string.Join(", ", message.Headers.NonValidated.Concat(message.Content?.Headers.NonValidated ?? default).Where(h => h.Key is not ("Cookie" or "Authorization")).Select(h => $"{h.Key}: {h.Value}"))}: {complaint}" : null;
    }

    private static async Task<string?> RawAsync(HostileRequest request, CancellationToken patience)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("localhost", request.Home.Port, patience);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(request.Bytes(), patience);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(patience);
        silence.CancelAfter(_silence);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, silence.Token);
        }
        catch (OperationCanceledException) when (!patience.IsCancellationRequested)
        {
            // Kept open after the answer, as HTTP/1.1 may.
        }

        var text = Encoding.Latin1.GetString(answer.ToArray());
        return text.Split(' ') is [_, { Length: 3 } status, ..] && int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? Judge(code, text) : null;
    }

    private static string? Judge(int status, string text)
    {
        // The server itself says so of a version that nobody speaks.
        if (status >= 500 && status != 505)
        {
            return $"{status}: {text[..Math.Min(text.Length, 300)]}";
        }

        return Victim.Secrets.FirstOrDefault(s => text.Contains(s, StringComparison.Ordinal)) is { } told ? $"{status}, and it tells “{told}”"
            : text.Length > LargestAnswer ? $"an answer of {text.Length} characters" : null;
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
