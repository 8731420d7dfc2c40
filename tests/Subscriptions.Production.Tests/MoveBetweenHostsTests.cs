using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Tests.Adapters;
using Subscriptions.Server.Tests.Features;
using Subscriptions.Server.Tests.Racing;

namespace Subscriptions.Production.Tests;

/// <summary>The default host and this one on one database: one after the other, and at once.</summary>
internal sealed class MoveBetweenHostsTests
{
    private const int Readers = 8;

    [Test]
    public async Task A_book_moves_to_the_production_host_and_back_and_everybody_pays_each_month_once()
    {
        await using var service = await RunningService.StartAsync();
        service.Parts = () => new DefaultParts();
        await service.RestartServiceAsync();
        var payers = await SubscribeAsync(service, Readers, "digital-monthly", "pm_card_visa");
        var declined = await SubscribeAsync(service, 2, "digital-trial", "pm_card_chargeCustomerFail");
        await service.SettledAsync();

        // The other host is started beside the first, as the docs have it: either may take what is due.
        service.Parts = AdaptersUnderTest.Parts;
        await using (var peer = await service.StartPeerAsync())
        {
            await NextMonthAsync(service);
            await AuditAsync(service, payers, months: 2);
            await peer.StopAsync();
        }

        await service.RestartServiceAsync();
        await NextMonthAsync(service);
        await AuditAsync(service, payers, months: 3);

        service.Parts = () => new DefaultParts();
        await service.RestartServiceAsync();
        await NextMonthAsync(service);
        await AuditAsync(service, payers, months: 4);
        Assert.That(service.Inbox.List(null).GroupBy(mail => mail.MessageId).Where(copies => copies.Count() > 1).Select(copies => copies.Key), Is.Empty, "no notice goes twice");
        foreach (var (reader, email) in declined)
        {
            Assert.That(service.Inbox.List(email).Select(mail => mail.Subject), Has.Exactly(1).Contains("take payment"));
            Assert.That(await service.EntitledAsync(reader), Is.False, "whom nobody could charge for months was terminated, whichever host was there");
        }
    }

    private static async Task<(ReaderId Id, string Email)[]> SubscribeAsync(RunningService service, int count, string plan, string card)
    {
        var readers = new (ReaderId Id, string Email)[count];
        for (var n = 0; n < count; n++)
        {
            readers[n] = await service.NewReaderAsync();
            Assert.That(await service.Services.GetRequiredService<StartSubscription>().RunAsync(readers[n].Id, plan, card, Actors.Reader(readers[n].Id)), Is.InstanceOf<StartResult.Started>());
        }

        return readers;
    }

    private static async Task NextMonthAsync(RunningService service)
    {
        for (var days = 0; days < 31; days++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }
    }

    private static async Task AuditAsync(RunningService service, (ReaderId Id, string Email)[] readers, int months)
    {
        using var books = new GatewayBooks(service.GatewayApi);
        var booked = await books.ReadAsync();
        await using var db = service.OpenDatabase();
        foreach (var (reader, _) in readers)
        {
            var invoices = await db.Invoices.AsNoTracking().Where(invoice => invoice.ReaderId == reader).ToListAsync();
            Assert.That(invoices.Select(invoice => invoice.Status), Is.All.EqualTo(InvoiceStatus.Paid).And.Exactly(months).Items);
            Assert.That(invoices.Select(invoice => booked[invoice.Id.Value].Sum(payment => payment.Taken)), Is.All.EqualTo(1));
            Assert.That(await service.EntitledAsync(reader), Is.True);
        }
    }
}
