using System.Buffers.Text;
using System.Text;
using System.Threading.Channels;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Mail;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>
/// Sends the letters by which readers choose a new password. They are written after the answer went out: how long the
/// page takes must not tell whether the address is known. One that is lost with the process is asked for again.
/// </summary>
public sealed class PasswordLetters(
    IServiceScopeFactory scopes, IMailSender mail, MailTemplates templates, PublisherSettings publisher, ILogger<PasswordLetters> log) : BackgroundService
{
    private const int MostWaiting = 500;
    private const int MostTries = 3;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly Channel<string> wanted = Channel.CreateBounded<string>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    // Nobody's letter box is to be filled by somebody else.
    private readonly PartitionedRateLimiter<string> perAddress = PartitionedRateLimiter.Create<string, string>(
        email => RateLimitPartition.GetFixedWindowLimiter(email, _ => new FixedWindowRateLimiterOptions { PermitLimit = 5, Window = TimeSpan.FromMinutes(10) }));

    /// <summary>Asks for a letter; nothing is sent when nobody has that address.</summary>
    public void Ask(string email)
    {
        using var lease = perAddress.AttemptAcquire(AccountRules.NormalizeEmail(email));
        if (lease.IsAcquired)
        {
            wanted.Writer.TryWrite(email);
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        perAddress.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var email in wanted.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SendAsync(email, stoppingToken);
            }
            catch (Exception bug) when (bug is not OperationCanceledException)
            {
                log.LogError(bug, "A password letter could not be written.");
            }
        }
    }

    private async Task SendAsync(string email, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        if (await accounts.FindByNameAsync(AccountRules.CleanEmail(email)) is not { ReaderId: { } readerId } account)
        {
            return;
        }

        var db = scope.ServiceProvider.GetRequiredService<SubscriptionsDb>();
        var reader = await db.Readers.AsNoTracking().SingleAsync(r => r.Id == readerId, stopping);
        var token = await accounts.GeneratePasswordResetTokenAsync(account);
        var letter = await templates.RenderAsync(new PasswordResetMail(reader.Name, Link(account.Id, token), (int)AccountsSetup.ResetLinkLife.TotalMinutes));
        var message = new OutgoingMail($"{Secrets.NewId("password")}@{publisher.Address.Host}", reader.Email, letter.Subject, letter.Text, letter.Html);
        await HandOverAsync(message, stopping);
    }

    private async Task HandOverAsync(OutgoingMail message, CancellationToken stopping)
    {
        for (var tries = 1; await mail.SendAsync(message, stopping) is MailHandover.TryLater later; tries++)
        {
            if (tries == MostTries)
            {
                log.LogWarning("A password letter was given up after {Tries} tries: {Reason}", tries, later.Reason);
                return;
            }

            await Task.Delay(_pause, stopping);
        }
    }

    private Uri Link(string accountId, string token) => new(publisher.Address,
        $"forgotten-password/choose?account={Uri.EscapeDataString(accountId)}&token={Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token))}");
}
