using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Sites;

/// <summary>What an operator asks on the command line: <c>keys renew</c>.</summary>
public static class SigningKeyCommands
{
    /// <summary>Does it, and gives the exit code.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, HostParts parts)
    {
        await using var app = ServerHost.Create(args, parts: parts);
        await DatabaseSetup.MigrateAsync(app.Services);
        var key = await app.Services.GetRequiredService<SigningKeys>().RenewAsync();
        await output.WriteLineAsync($"{key} is published, and signs passes in {SigningKeys.PublishedFirst.TotalMinutes:0} minutes. The former keys are published on, and nobody is signed out.");
        return 0;
    }
}
