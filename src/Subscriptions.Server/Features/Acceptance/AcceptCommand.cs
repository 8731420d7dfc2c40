using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Acceptance;

/// <summary>
/// <c>accept --to ADDRESS [--patience SECONDS]</c>: runs the product's story once against the Stripe account in test mode, the database server and the mail server that the
/// settings name, prints pass or fail for each step, and takes away what it made, also where it is interrupted. It works in a database of its own
/// beside the named one, on a port of its own on this machine, with a billing clock of its own: nothing that is there is touched.
/// </summary>
public static class AcceptCommand
{
    /// <summary>Every step passed.</summary>
    public const int Passed = 0;

    /// <summary>A step failed.</summary>
    public const int Failed = 1;

    /// <summary>How the ids of its readers begin; no other reader's does, since those are hexadecimal.</summary>
    internal const string ReaderPrefix = "rdr_accept";

    /// <summary>How the ids of its invoices begin, which its payments carry at Stripe.</summary>
    internal const string InvoicePrefix = "inv_accept";

    private const int UsualPatience = 90;

    // Whatever the service's own: a step waits for a look that nobody asked for.
    private const string LookEverySeconds = "2";

    /// <summary>Runs it, and gives the exit code.</summary>
    /// <exception cref="SettingsException">A setting is missing or wrong, or the key is not one of test mode.</exception>
    public static async Task<int> RunAsync(string[] args, TextWriter output, HostParts parts)
    {
        var clock = new AcceptanceClock(TimeProvider.System);
        var run = Secrets.NewId("run")[4..12].ToLowerInvariant();
        var name = "subscriptions_accept_" + run;
        Data.DatabaseProvider? provider = null;
        var database = "";
        await using var app = ServerHost.Create(args, builder =>
        {
            var settings = SettingsValidation.TryRead(builder.Configuration, out var failures, parts) ?? throw new SettingsException(failures);
            Refuse(settings, builder.Configuration["to"], builder.Configuration["patience"]);
            provider = DatabaseSetup.ProviderOf(settings.Database.Provider);
            database = provider.Beside(settings.Database.ConnectionString, name);
            builder.Configuration.AddInMemoryCollection([
                .. parts.DatabaseSettings.Select(setting => new KeyValuePair<string, string?>(setting, database)),
                new("Incidents:LagMinutes", "1440"),
                new(parts.LookSetting, LookEverySeconds),
            ]);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.PostConfigure<LoggerFilterOptions>(log =>
            {
                // Ours alone, whatever the settings say: what others log of a database that is not there yet is no step that failed.
                log.Rules.Clear();
                log.MinLevel = LogLevel.None;
                log.Rules.Add(new(null, nameof(Subscriptions), LogLevel.Error, null));
            });
            builder.Services.AddSingleton<BillingClock>(clock);
            builder.Services.AddSingleton(new OwnInvoices(id => id.StartsWith(InvoicePrefix + run, StringComparison.Ordinal)));
        }, parts);

        await output.WriteLineAsync($"Against {app.Services.GetRequiredService<ServerSettings>().Stripe.ApiBase}, {provider!.Name} ({name}), mail to {app.Configuration["to"]}:");
        // The host hears them only once it has started, which makes a database first.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            app.Lifetime.StopApplication();
        }

        var story = new AcceptanceStory(app, clock, run, app.Configuration["to"]!, TimeSpan.FromSeconds(PatienceOf(app.Configuration["patience"]) ?? UsualPatience));
        var failed = await TellAsync(story.Steps(), output, app.Lifetime.ApplicationStopping);
        failed += await TellAsync([new("What was made is taken away", () => CleanUpAsync(app, story, provider, database, name))], output, CancellationToken.None);
        await output.WriteLineAsync(failed == 0 ? "Accepted: every step passed." : $"Not accepted: {failed} {(failed == 1 ? "step" : "steps")} failed.");
        return failed == 0 ? Passed : Failed;
    }

    private static int? PatienceOf(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 5 and <= 600 ? seconds : null;

    private static void Refuse(ServerSettings settings, string? to, string? patience)
    {
        List<SettingFailure> failures = [];
        if (settings.Stripe.SecretKey.Contains("_live_", StringComparison.Ordinal))
        {
            failures.Add(new("Stripe:SecretKey", "is a live key, with which accept would charge for real. Write the key of test mode."));
        }

        if (!AccountRules.IsEmail(to))
        {
            failures.Add(new("to", "is missing or no address. Write --to ADDRESS: the mailbox that the story's mails go to."));
        }

        if (patience is not null && PatienceOf(patience) is null)
        {
            failures.Add(new("patience", $"is {SettingsReader.Shown(patience)}. Write the seconds that a step may wait for one answer, 5 to 600, such as {UsualPatience}."));
        }

        if (failures.Count > 0)
        {
            throw new SettingsException(failures);
        }
    }

    // What follows a failure may rest on it, so it is not tried; only the clean-up always is.
    private static async Task<int> TellAsync(IReadOnlyList<AcceptanceStep> steps, TextWriter output, CancellationToken interrupted)
    {
        var failed = 0;
        foreach (var step in steps)
        {
            if (failed > 0)
            {
                await output.WriteLineAsync($"skip  {step.Claim}");
                continue;
            }

            var clock = Stopwatch.StartNew();
            try
            {
                var detail = interrupted.IsCancellationRequested ? throw new AcceptanceException("interrupted") : await step.RunAsync();
                await output.WriteLineAsync($"pass  {step.Claim} ({clock.Elapsed.TotalSeconds:0.0} s): {detail}");
            }
            catch (Exception broken)
            {
                failed++;
                await output.WriteLineAsync($"FAIL  {step.Claim} ({clock.Elapsed.TotalSeconds:0.0} s): {(broken is AcceptanceException or SettingsException ? "" : broken.GetType().Name + ": ")}{broken.Message}");
            }
        }

        return failed;
    }

    // Each part whatever became of the others: first the jobs, which would go on charging what is being cancelled.
    private static async Task<string> CleanUpAsync(WebApplication app, AcceptanceStory story, Data.DatabaseProvider provider, string database, string name)
    {
        List<string> left = [];
        await TryAsync("jobs that may still run", () => app.StopAsync(), left);
        var taken = await story.CleanUpAsync(left);
        await TryAsync($"the database {name}", () => DropAsync(provider, database), left);
        return left.Count == 0 ? $"{taken}, the database dropped." : throw new AcceptanceException($"{taken}. This is left: {string.Join("; ", left)}.");
    }

    private static async Task TryAsync(string what, Func<Task> act, List<string> left)
    {
        try
        {
            await act();
        }
        catch (Exception failure)
        {
            left.Add($"{what} ({failure.Message})");
        }
    }

    private static async Task DropAsync(Data.DatabaseProvider provider, string connectionString)
    {
        var options = new DbContextOptionsBuilder<SubscriptionsDb>();
        provider.Configure(options, connectionString);
        await using var db = new SubscriptionsDb(options.Options);
        await db.Database.EnsureDeletedAsync();
    }
}

/// <summary>One claim of the story.</summary>
/// <param name="Claim">What is shown, in words.</param>
/// <param name="RunAsync">Shows it and gives a detail for the report; throws where it is not so.</param>
internal sealed record AcceptanceStep(string Claim, Func<Task<string>> RunAsync);

/// <summary>A claim that did not come true, in words.</summary>
internal sealed class AcceptanceException(string message) : Exception(message);
