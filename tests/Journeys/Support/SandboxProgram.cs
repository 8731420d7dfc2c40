using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Subscriptions.Tests;

namespace Subscriptions.Journeys.Support;

/// <summary>The sandbox as anybody runs it: a process of its own, on free ports and a folder of its own.</summary>
public sealed class SandboxProgram : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> output = [];

    private SandboxProgram(Process process, SandboxPlace place)
    {
        this.process = process;
        Place = place;
        process.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"The sandbox ended:\n{Output}"));
    }

    public SandboxPlace Place { get; }

    public string Output
    {
        get
        {
            lock (output) return string.Join('\n', output);
        }
    }

    /// <summary>Starts the rooms and waits until the process says that it is ready.</summary>
    public static Task<SandboxProgram> StartAsync(SandboxPlace place, string rooms = "All", params string[] more) => StartAsync(place, rooms, new Dictionary<string, string>(), more);

    /// <summary>The same, with variables in its environment, from which the newspaper takes its own settings as any website does.</summary>
    public static async Task<SandboxProgram> StartAsync(SandboxPlace place, string rooms, IReadOnlyDictionary<string, string> environment, params string[] more)
    {
        var dll = Path.Combine(TestContext.CurrentContext.TestDirectory, "Subscriptions.Sandbox.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = place.Folder };
        foreach (var argument in (string[])[dll, .. place.Arguments, $"--Sandbox:Rooms={rooms}", .. more]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var program = new SandboxProgram(new Process { StartInfo = start }, place);
        program.process.Start();
        program.process.BeginOutputReadLine();
        program.process.BeginErrorReadLine();
        await program.ready.Task.WaitAsync(StartLimit);
        return program;
    }

    /// <summary>SIGKILL: no clean-up, no last words.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> EndAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (output) output.Add(line);
        if (line.StartsWith("Ready", StringComparison.Ordinal)) ready.TrySetResult();
    }
}

/// <summary>A folder and ports of its own, shared by the processes of one test.</summary>
public sealed class SandboxPlace : IDisposable
{
    private readonly int[] ports = FreePorts.Take(4);

    private readonly ServerDatabase? database;

    public SandboxPlace(ServerDatabase? database = null)
    {
        this.database = database;
        Folder = Directory.CreateTempSubdirectory("journey-").FullName;
    }

    public string Folder { get; }

    public Uri Newspaper => At(ports[0]);

    public Uri Service => At(ports[1]);

    public Uri Panel => At(ports[2]);

    public IReadOnlyList<string> Arguments =>
    [
        $"--Sandbox:Data={Folder}", $"--Sandbox:Ports:Newspaper={ports[0]}", $"--Sandbox:Ports:Service={ports[1]}",
        $"--Sandbox:Ports:Panel={ports[2]}", $"--Sandbox:Ports:Smtp={ports[3]}", .. database?.Arguments ?? [],
    ];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static Uri At(int port) => new($"http://localhost:{port}");
}

/// <summary>What tools know of a running sandbox: the panel's JSON, the API, the simulator's ledger.</summary>
public sealed class SandboxTools : IDisposable
{
    // Thousands of subscriptions move on in one request when a clock is advanced after hundreds of kills.
    private static readonly TimeSpan _longestAdvance = TimeSpan.FromMinutes(15);

    private readonly HttpClient http = new() { Timeout = _longestAdvance };
    private readonly SandboxPlace place;
    private JsonElement book;

    private SandboxTools(SandboxPlace place) => this.place = place;

    public string ApiKey => book.GetProperty("apiKey").GetString()!;

    public string SiteKey => book.GetProperty("siteKey").GetString()!;

    public IReadOnlyList<JsonElement> Readers => [.. book.GetProperty("readers").EnumerateArray()];

    public IReadOnlyList<JsonElement> Staff => [.. book.GetProperty("staff").EnumerateArray()];

    public static async Task<SandboxTools> OpenAsync(SandboxPlace place)
    {
        var tools = new SandboxTools(place);
        tools.book = await tools.http.GetFromJsonAsync<JsonElement>(new Uri(place.Panel, "/readers.json"));
        return tools;
    }

    public SeededReader Reader(Func<JsonElement, bool> which)
    {
        var found = Readers.First(which);
        return new SeededReader(Text(found, "email"), Text(found, "password"), Text(found, "readerId"), found.GetProperty("subscriptionId").GetString());
    }

    public SeededReader WithCard(string card, string state = "Active") => Reader(r =>
        Text(r, "state") == state && r.GetProperty("card").GetString() == card && r.GetProperty("renewsAt").ValueKind != JsonValueKind.Null);

    public async Task<DateTimeOffset> NowAsync() => (await PanelAsync("/clock.json")).GetProperty("now").GetDateTimeOffset();

    public async Task AdvanceToAsync(DateTimeOffset to)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(place.Panel, "/clock/advance"), new { to });
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
    }

    public async Task AdvanceDaysAsync(int days)
    {
        using var deadline = new CancellationTokenSource(_longestAdvance);
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            using var answer = await http.PostAsJsonAsync(new Uri(place.Panel, "/clock/advance"), new { days }, deadline.Token);
            if (answer.StatusCode != HttpStatusCode.Conflict)
            {
                Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync(deadline.Token));
                return;
            }

            // Somebody who has gone meanwhile had begun to move it, and it still moves.
            await every.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>Moves the clock while something breaks: whether it arrives is not the question.</summary>
    public async Task TryAdvanceDaysAsync(int days)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(place.Panel, "/clock/advance"), new { days });
    }

    public async Task SetFaultAsync(object fault)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(place.Panel, "/faults"), fault);
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
    }

    public async Task ClearFaultsAsync()
    {
        using var answer = await http.DeleteAsync(new Uri(place.Panel, "/faults"));
        Assert.That(answer.IsSuccessStatusCode, Is.True);
    }

    public async Task<IReadOnlyList<JsonElement>> InboxAsync(string to) =>
        [.. (await PanelAsync($"/inbox.json?to={Uri.EscapeDataString(to)}")).EnumerateArray()];

    public Task<JsonElement> ApiAsync(string path) => ApiAsync(HttpMethod.Get, path, null);

    public async Task<JsonElement> ApiAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(place.Service, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        if (body is not null) request.Content = JsonContent.Create(body);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.LessThan(500), text);
        return JsonSerializer.Deserialize<JsonElement>(text.Length == 0 ? "{}" : text);
    }

    /// <summary>Every object of a kind in the simulator's own ledger, page by page.</summary>
    public async Task<IReadOnlyList<JsonElement>> LedgerAsync(string kind)
    {
        var all = new List<JsonElement>();
        for (var more = true; more;)
        {
            var after = all.Count == 0 ? "" : $"&starting_after={Text(all[^1], "id")}";
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(place.Panel, $"/stripe/v1/{kind}?limit=100{after}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", book.GetProperty("stripeKey").GetString());
            using var answer = await http.SendAsync(request);
            var page = await answer.Content.ReadFromJsonAsync<JsonElement>();
            all.AddRange(page.GetProperty("data").EnumerateArray());
            more = page.GetProperty("has_more").GetBoolean();
        }

        return all;
    }

    public async Task<IReadOnlyList<JsonElement>> ItemsAsync(string path)
    {
        var all = new List<JsonElement>();
        for (string? next = path; next is not null;)
        {
            var page = await ApiAsync(next);
            all.AddRange(page.GetProperty("items").EnumerateArray());
            next = page.GetProperty("next").GetString();
        }

        return all;
    }

    public static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public void Dispose() => http.Dispose();

    private Task<JsonElement> PanelAsync(string path) => http.GetFromJsonAsync<JsonElement>(new Uri(place.Panel, path));
}

/// <summary>A reader of the seeded book.</summary>
public sealed record SeededReader(string Email, string Password, string ReaderId, string? SubscriptionId);
