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
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>
/// Sends the letters by which readers choose a new password, or confirm their address. They are written after the answer went
/// out: how long the page takes must not tell whether the address is known. One that is lost with the process is asked for again.
/// </summary>
public sealed class PasswordLetters(
    IServiceScopeFactory scopes, IMailSender mail, MailTemplates templates, AddressLinks addresses, PublisherSettings publisher, BillingClock clock,
    ILogger<PasswordLetters> log) : BackgroundService
{
    private const int MostWaiting = 500;
    private const int MostTries = 3;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly Channel<Wanted> wanted = Channel.CreateBounded<Wanted>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    // Nobody's letter box is to be filled by somebody else.
    private readonly PartitionedRateLimiter<string> perAddress = PartitionedRateLimiter.Create<string, string>(
        email => RateLimitPartition.GetFixedWindowLimiter(email, _ => new FixedWindowRateLimiterOptions { PermitLimit = 5, Window = TimeSpan.FromMinutes(10) }));

    /// <summary>Asks for a letter; nothing is sent when nobody has that address.</summary>
    public void Ask(string email) => Ask(new Wanted(email, Confirmation: false));

    /// <summary>Asks for a letter by which a reader confirms her own address.</summary>
    public void AskConfirmation(string email) => Ask(new Wanted(email, Confirmation: true));

    private void Ask(Wanted letter)
    {
        using var lease = perAddress.AttemptAcquire(AccountRules.NormalizeEmail(letter.Email));
        if (lease.IsAcquired)
        {
            wanted.Writer.TryWrite(letter);
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
        await foreach (var letter in wanted.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SendAsync(letter, stoppingToken);
            }
            catch (Exception bug) when (bug is not OperationCanceledException)
            {
                log.LogError(bug, "A letter about an account could not be written.");
            }
        }
    }

    private async Task SendAsync(Wanted wish, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        if (await accounts.FindByNameAsync(AccountRules.CleanEmail(wish.Email)) is not { ReaderId: { } readerId } account)
        {
            return;
        }

        var db = scope.ServiceProvider.GetRequiredService<SubscriptionsDb>();
        var reader = await db.Readers.AsNoTracking().SingleAsync(r => r.Id == readerId, stopping);
        MailModel model = wish.Confirmation
            ? new ConfirmAddressMail(reader.Name, addresses.For(readerId, reader.Email, clock.Now), AddressLink.Life.Days)
            : new PasswordResetMail(reader.Name, Link(account.Id, await accounts.GeneratePasswordResetTokenAsync(account)), (int)AccountsSetup.ResetLinkLife.TotalMinutes);
        var letter = await templates.RenderAsync(model);
        var message = new OutgoingMail($"{Secrets.NewId("account")}@{publisher.Address.Host}", reader.Email, letter.Subject, letter.Text, letter.Html);
        await HandOverAsync(message, stopping);
    }

    private async Task HandOverAsync(OutgoingMail message, CancellationToken stopping)
    {
        for (var tries = 1; await mail.SendAsync(message, stopping) is MailHandover.TryLater later; tries++)
        {
            if (tries == MostTries)
            {
                log.LogWarning("A letter about an account was given up after {Tries} tries: {Reason}", tries, later.Reason);
                return;
            }

            await Task.Delay(_pause, stopping);
        }
    }

    private Uri Link(string accountId, string token) => new(publisher.Address,
        $"forgotten-password/choose?account={Uri.EscapeDataString(accountId)}&token={Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token))}");

    private sealed record Wanted(string Email, bool Confirmation);
}
