using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Panel;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using static Subscriptions.Sandbox.Seeding.SeedHours;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>Fills an empty sandbox with the seeded book, before the service answers its first request.</summary>
public sealed class BookSeeder(SeededReaders readers, BillingClock billing) : ISandboxSeeder
{
    /// <summary>One password for everybody: this is a sandbox.</summary>
    public const string Password = "harrow-mere-1874";

    private const string StaffPassword = "support-desk-1874";

    /// <inheritdoc />
    public async Task BeforeServiceStartsAsync(SeedingContext context, CancellationToken stopping)
    {
        if (readers.Load() is not null)
        {
            return;
        }

        var services = context.Service;
        await DatabaseSetup.PrepareDatabaseAsync(services);
        await using (var db = await services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync(stopping))
        {
            if (await db.Readers.AnyAsync(stopping))
                throw new SettingException($"The service's database holds readers already, while the folder {context.Options.Data} is new or was never filled to the end. Empty the database or name another one (Database:ConnectionString; on SQLite another Sandbox:Data).");
        }

        var desk = new SeedDesk(services, context.Panel.GetRequiredService<StripeLedger>(), billing.Now);
        var staff = await desk.PutStaffAsync(StaffPassword);
        var seeded = new List<SeededReader>();
        foreach (var story in Book.Stories)
        {
            seeded.Add(await desk.PutReaderAsync(story, Password));
        }

        await desk.FinishAsync();
        var keys = SandboxKeys.Of(context.Options.Data);
        readers.Save(new SeededBook(keys.ApiKey, keys.SiteKey, keys.StripeKey, staff, seeded));
    }

    /// <inheritdoc />
    public Task AfterServiceStartedAsync(SeedingContext context, CancellationToken stopping) => Task.CompletedTask;
}

/// <summary>Puts readers and their pasts into the service's database and the simulator's ledger.</summary>
internal sealed class SeedDesk
{
    private readonly IDbContextFactory<SubscriptionsDb> databases;
    private readonly Catalog catalog;
    private readonly StripeLedger ledger;
    private readonly PastClock clock = new();
    private readonly BillingUnits units;
    private readonly CreateReader createReader;
    private readonly CreateStaff createStaff;
    private readonly DateTimeOffset now;
    private readonly List<PastPayment> payments = [];

    public SeedDesk(IServiceProvider services, StripeLedger ledger, DateTimeOffset now)
    {
        this.ledger = ledger;
        this.now = now;
        databases = services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>();
        catalog = services.GetRequiredService<Catalog>();
        var provider = services.GetRequiredService<DatabaseProvider>();
        using var scope = services.CreateScope();
        var hasher = new OneHash(scope.ServiceProvider.GetRequiredService<IPasswordHasher<Account>>());
        units = new BillingUnits(databases, provider, catalog, clock, new NoJobs());
        createReader = new CreateReader(databases, provider, clock, hasher);
        createStaff = new CreateStaff(databases, provider, hasher);
    }

    public async Task<IReadOnlyList<SeededStaff>> PutStaffAsync(string password)
    {
        clock.At = now;
        SeededStaff[] staff =
        [
            new("desk@courier.example", password, StaffRoles.Support), new("head.of.desk@courier.example", password, StaffRoles.Admin),
        ];
        foreach (var member in staff)
        {
            if (await createStaff.RunAsync(member.Email, member.Password, member.Role) is CreatedStaff.Refused refused)
            {
                throw new InvalidOperationException($"{member.Email} could not be seeded: {refused.Refusal.Reason}");
            }
        }

        return staff;
    }

    public async Task<SeededReader> PutReaderAsync(Story story, string password)
    {
        var plan = story.Plan is null ? null : catalog.FindOffered(story.Plan) ?? throw new InvalidOperationException($"There is no plan {story.Plan}.");
        var startedAt = plan is null ? now.AddDays(-20) : StartOf(story, plan);
        clock.At = startedAt;
        var created = await createReader.RunAsync(story.Email, story.Name, password);
        var reader = created is CreatedReader.Created { Id: var id } ? id : throw new InvalidOperationException($"{story.Email} could not be seeded: {created}");
        if (plan is null)
        {
            return new SeededReader(story.Email, password, reader.Value, null, LiveReaders.RegisteredOnly, null, null, story.Name, story.Tale);
        }

        var (customer, method) = await PutCardAsync(story, reader, startedAt);
        var subscription = SubscriptionId.From($"sub_{reader.Value["rdr_".Length..]}_1");
        var life = new PastLife(units, clock, ledger, new PastMail(databases, now), now, story, subscription, reader, customer);
        await life.LiveAsync(plan, method, startedAt);
        payments.AddRange(life.Payments);
        await using var unit = await units.ReadAsync(subscription);
        var state = (Subscription.Started)unit!.Subscription;
        var card = state.Contract.PaymentMethodId is null ? null : story.Card;
        return new SeededReader(
            story.Email, password, reader.Value, subscription.Value, state.GetType().Name, card, LiveReaders.RenewsAt(state), story.Name, story.Tale);
    }

    /// <summary>Writes the past payments into the simulator's ledger.</summary>
    public Task FinishAsync() => ledger.PutPastAsync(payments);

    // The day on which she must have begun for her period to end when the story says.
    private DateTimeOffset StartOf(Story story, PlanVersion plan)
    {
        var today = Hours.DateOf(now);
        if (story.Turn == StoryTurn.NeverPaid)
        {
            return now.AddHours(-2);
        }

        var ends = today.AddDays(story.PeriodEndsInDays);
        if (plan.TrialDays > 0)
        {
            return Hours.At(ends.AddDays(-plan.TrialDays - 0), new TimeOnly(15, 20));
        }

        var months = story.PaidPeriods * plan.IntervalCount * (plan.Interval == PlanInterval.Year ? 12 : 1);
        return Hours.At(ends.AddMonths(-months), new TimeOnly(15, 20));
    }

    private async Task<(string Customer, string Method)> PutCardAsync(Story story, ReaderId reader, DateTimeOffset at)
    {
        var customer = await ledger.PutCustomerAsync(reader.Value, story.Email, story.Name, new Dictionary<string, string> { ["reader"] = reader.Value }, at);
        var behaviour = story.Answers is { } answer
            ? new CardBehaviour(story.HealsAfter == 0 ? Declines.Succeeds : answer, now, story.HealsAfter is 0 ? null : story.HealsAfter)
            : null;
        var account = TestAccounts.OfToken(story.Card);
        var card = TestCards.OfToken(story.Card);
        var expires = story.CardExpiresInMonths is { } months ? Hours.DateOf(now).AddMonths(months) : new DateOnly(now.Year + 3, 12, 1);
        var method = account is null
            ? await ledger.PutCardAsync(reader.Value, customer, story.Card, behaviour, at, (expires.Month, expires.Year))
            : await ledger.PutAccountAsync(reader.Value, customer, story.Card, behaviour, at);
        await using var db = await databases.CreateDbContextAsync();
        db.PaymentMethods.Add(new PaymentMethodRow
        {
            Id = method,
            ReaderId = reader,
            Kind = account is null ? "card" : account.Type == TestAccounts.Bacs ? "bacs" : "paypal",
            Brand = card?.Brand ?? (account!.Type == TestAccounts.Bacs ? TestAccounts.SortCode : "paypal"),
            Last4 = card?.Number[^4..] ?? (account!.Number is { Length: >= 4 } number ? number[^4..] : ""),
            ExpiryMonth = card is null ? 0 : expires.Month,
            ExpiryYear = card is null ? 0 : expires.Year,
            AddedAt = at,
        });
        var row = await db.Readers.SingleAsync(r => r.Id == reader);
        row.GatewayCustomerId = customer;
        await db.SaveChangesAsync();
        return (customer, method);
    }

    private sealed class NoJobs : IJobScheduler
    {
        public Task LookNowAsync<TJob>() where TJob : IRecurringJob => Task.CompletedTask;

        public Task LookNowAsync() => Task.CompletedTask;
    }

    // Everybody's password is the same, and hashing it fifty times would take longer than all the rest.
    private sealed class OneHash(IPasswordHasher<Account> hasher) : IPasswordHasher<Account>
    {
        private readonly Dictionary<string, string> made = new(StringComparer.Ordinal);

        public string HashPassword(Account user, string password) =>
            made.TryGetValue(password, out var hash) ? hash : made[password] = hasher.HashPassword(user, password);

        public PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword) =>
            hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}
