using System.CommandLine;
using Subscriptions.Server.Features.Acceptance;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Features.Sites;

namespace Subscriptions.Server.Hosting;

/// <summary>
/// What a process can be asked on its command line; without a command it is the service. Settings may stand beside any of it, as
/// <c>--Section:Name=value</c>. Whatever is neither is refused: a mistyped command must not start a service that charges.
/// </summary>
public static class ServerCommands
{
    /// <summary>The exit code of a command line that cannot be understood.</summary>
    public const int Misused = 2;

    // What the framework and we read without a section.
    private static readonly string[] _withoutSection = ["urls", "environment", "contentRoot", "applicationName", "Instance"];

    private static readonly string[] _options = ["--to", "--from", "--patience"];

    /// <summary>Runs what the arguments ask, and gives the exit code.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="parts">What stands behind the ports.</param>
    /// <param name="serve">Runs the service to its end.</param>
    /// <param name="output">Where a command tells what it did.</param>
    /// <param name="complaints">Where it is told that the arguments cannot be understood.</param>
    public static async Task<int> RunAsync(string[] args, HostParts parts, Func<Task> serve, TextWriter output, TextWriter complaints)
    {
        var parsed = Root(args, parts, serve, output).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        List<string> wrong = [.. parsed.Errors.Select(error => error.Message)];
        if (args.FirstOrDefault(word => _options.Any(option => word.StartsWith(option + ":", StringComparison.Ordinal))) is { } colon)
        {
            wrong.Add($"'{colon}' is written with a colon. Write a blank or '=' between an option and its value.");
        }

        if (wrong.Count == 0 && StrayOf(parsed.UnmatchedTokens) is { } stray)
        {
            wrong.Add($"'{stray}' is no command, no option of one and no setting. A setting is written --Section:Name=value.");
        }

        if (wrong.Count == 0)
        {
            // The host hears SIGINT and SIGTERM itself, and sees what has begun through.
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, Output = output, Error = complaints, EnableDefaultExceptionHandler = false });
        }

        foreach (var complaint in wrong)
        {
            await complaints.WriteLineAsync(complaint);
        }

        await complaints.WriteLineAsync("Nothing was started. --help shows the commands.");
        return Misused;
    }

    private static RootCommand Root(string[] args, HostParts parts, Func<Task> serve, TextWriter output)
    {
        var root = new RootCommand("The subscription service; with a command it does that and ends. Settings may stand beside it as --Section:Name=value.")
        {
            Command("accept", "Runs the product's story once against Stripe's test mode, the database server and the mail server that the settings name.",
                () => AcceptCommand.RunAsync(args, output, parts),
                new Option<string>("--to") { Description = "The mailbox that the story's mails go to.", Required = true },
                new Option<string>("--patience") { Description = "The longest that a step waits for one answer, in seconds: 5 to 600, usually 90." }),
            Command("reconcile", "Compares our records with Stripe's.", Reconcile,
                new Option<string>("--from") { Description = "The first day, such as 2026-03-01." }, new Option<string>("--to") { Description = "The last day." }),
            new Command("collecting", "Whether charges are made.") { Command("off", "Makes none until a comparison has run.", Reconcile), Command("status", "Tells whether they are.", Reconcile) },
            new Command("keys", "The keys that sign passes.")
            {
                Command("renew", $"Makes a new one, which is published at once and signs {SigningKeys.PublishedFirst.TotalMinutes:0} minutes later; nobody is signed out.", () => SigningKeyCommands.RunAsync(args, output, parts)),
            },
            new Command("ledger", "The books of double entry.") { Command("rebuild", "Compares them with the events, and posts what is missing.", Reconcile) },
        };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction(async (_, _) =>
        {
            await serve();
            return 0;
        });
        return root;

        Task<int> Reconcile() => ReconciliationCommands.RunAsync(args, output, parts);
    }

    private static Command Command(string name, string description, Func<Task<int>> run, params Option[] options)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((_, _) => run());
        return command;
    }

    // A setting is one word with its value, or two.
    private static string? StrayOf(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var (name, hasValue) = words[i].Split('=', 2) is [var before, _] ? (before, true) : (words[i], false);
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(name.Contains(':', StringComparison.Ordinal) || _withoutSection.Contains(name[2..], StringComparer.OrdinalIgnoreCase)))
            {
                return words[i];
            }

            if (!hasValue && ++i == words.Count)
            {
                return words[^1];
            }
        }

        return null;
    }
}
