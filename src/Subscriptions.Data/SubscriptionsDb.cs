using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Data;

/// <summary>The one database. Knows no provider: what is peculiar to one lives under <c>migrations/</c>.</summary>
public class SubscriptionsDb(DbContextOptions<SubscriptionsDb> options) : IdentityUserContext<Account>(options)
{
    public DbSet<ReaderRow> Readers => Set<ReaderRow>();

    public DbSet<PaymentMethodRow> PaymentMethods => Set<PaymentMethodRow>();

    public DbSet<ReaderSessionRow> ReaderSessions => Set<ReaderSessionRow>();

    public DbSet<SiteGrantRow> SiteGrants => Set<SiteGrantRow>();

    public DbSet<SigningKeyRow> SigningKeys => Set<SigningKeyRow>();

    public DbSet<DataProtectionKeyRow> DataProtectionKeys => Set<DataProtectionKeyRow>();

    public DbSet<PlanVersionRow> PlanVersions => Set<PlanVersionRow>();

    public DbSet<PolicyVersionRow> PolicyVersions => Set<PolicyVersionRow>();

    public DbSet<SubscriptionRow> Subscriptions => Set<SubscriptionRow>();

    public DbSet<InvoiceRow> Invoices => Set<InvoiceRow>();

    public DbSet<PaymentAttemptRow> PaymentAttempts => Set<PaymentAttemptRow>();

    public DbSet<CardTriesRow> CardTries => Set<CardTriesRow>();

    public DbSet<EndingDayRow> EndingDays => Set<EndingDayRow>();

    public DbSet<EndingPlaceRow> EndingPlaces => Set<EndingPlaceRow>();

    public DbSet<CreditAccountRow> CreditAccounts => Set<CreditAccountRow>();

    public DbSet<CreditEntryRow> CreditEntries => Set<CreditEntryRow>();

    public DbSet<HostedSetupRow> HostedSetups => Set<HostedSetupRow>();

    public DbSet<EventRow> Events => Set<EventRow>();

    public DbSet<DueWorkRow> DueWork => Set<DueWorkRow>();

    public DbSet<MailRow> Mails => Set<MailRow>();

    public DbSet<FreezeRow> Freezes => Set<FreezeRow>();

    public DbSet<PauseNoteRow> PauseNotes => Set<PauseNoteRow>();

    public DbSet<WebhookEventRow> WebhookEvents => Set<WebhookEventRow>();

    public DbSet<WebhookResyncRow> WebhookResyncs => Set<WebhookResyncRow>();

    public DbSet<GrantRow> Grants => Set<GrantRow>();

    public DbSet<MeterRow> Meters => Set<MeterRow>();

    public DbSet<GiftRow> Gifts => Set<GiftRow>();

    public DbSet<GiftUseRow> GiftUses => Set<GiftUseRow>();

    public DbSet<SeatRow> Seats => Set<SeatRow>();

    public DbSet<StaffTaskRow> StaffTasks => Set<StaffTaskRow>();

    public DbSet<SettingsMarkRow> SettingsMarks => Set<SettingsMarkRow>();

    public DbSet<JobRunRow> JobRuns => Set<JobRunRow>();

    public DbSet<LedgerRow> Ledger => Set<LedgerRow>();

    public DbSet<GatewayTransactionRow> GatewayTransactions => Set<GatewayTransactionRow>();

    public DbSet<ReconciliationRunRow> ReconciliationRuns => Set<ReconciliationRunRow>();

    public DbSet<FindingRow> Findings => Set<FindingRow>();

    public DbSet<CollectingGateRow> CollectingGates => Set<CollectingGateRow>();

    public DbSet<ApiAnswerRow> ApiAnswers => Set<ApiAnswerRow>();

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcConverter>();
        configurationBuilder.Properties<ReaderId>().HaveConversion<IdConverter<ReaderId>>().HaveMaxLength(64);
        configurationBuilder.Properties<SubscriptionId>().HaveConversion<IdConverter<SubscriptionId>>().HaveMaxLength(64);
        configurationBuilder.Properties<InvoiceId>().HaveConversion<IdConverter<InvoiceId>>().HaveMaxLength(100);
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(40);
    }

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        ModelReaders(builder);
        ModelBilling(builder);
        ModelLimits(builder);
        AdjustmentMapping.Model(builder);
        GrantMapping.Model(builder);
        GateMapping.Model(builder);
        SeatMapping.Model(builder);
        ModelRecords(builder);
        IncidentModel.Build(builder);
        LedgerModel.Describe(builder);
    }

    private static void ModelReaders(ModelBuilder model)
    {
        model.Entity<ReaderRow>(e =>
        {
            e.Property(r => r.Email).HasMaxLength(254);
            e.Property(r => r.NormalizedEmail).HasMaxLength(254);
            e.Property(r => r.Name).HasMaxLength(200);
            e.Property(r => r.GatewayCustomerId).HasMaxLength(100);
            e.Property(r => r.GatewayDefaultMethodId).HasMaxLength(100);
            // Of two who change what she may read at once, one would give the other's version again.
            e.Property(r => r.AccessVersion).IsConcurrencyToken();
            e.HasIndex(r => r.GatewayCustomerId);
            e.HasIndex(r => r.NormalizedEmail).IsUnique();
            e.HasIndex(r => r.Name);
        });
        model.Entity<Account>(e =>
        {
            e.HasIndex(a => a.ReaderId).IsUnique();
            e.Property(a => a.StaffRole).HasMaxLength(20);
        });
        model.Entity<PaymentMethodRow>(e =>
        {
            e.Property(m => m.Id).HasMaxLength(100);
            e.Property(m => m.Kind).HasMaxLength(40);
            e.Property(m => m.Brand).HasMaxLength(40);
            e.Property(m => m.Last4).HasMaxLength(4);
            e.Property(m => m.Fingerprint).HasMaxLength(100);
            e.HasIndex(m => m.ReaderId);
            e.HasIndex(m => m.Fingerprint);
        });
        model.Entity<ReaderSessionRow>(e =>
        {
            e.Property(s => s.Id).HasMaxLength(64);
            e.HasIndex(s => s.ReaderId);
        });
        model.Entity<SiteGrantRow>(e =>
        {
            e.Property(g => g.Id).HasMaxLength(64);
            e.Property(g => g.SessionId).HasMaxLength(64);
            e.Property(g => g.SiteId).HasMaxLength(64);
            e.Property(g => g.CodeHash).HasMaxLength(64);
            e.Property(g => g.Challenge).HasMaxLength(128);
            e.Property(g => g.ReturnAddress).HasMaxLength(500);
            e.Property(g => g.HandleHash).HasMaxLength(64);
            e.HasIndex(g => g.CodeHash).IsUnique();
            e.HasIndex(g => g.HandleHash).IsUnique();
            e.HasIndex(g => g.SessionId);
        });
        model.Entity<SigningKeyRow>().Property(k => k.Id).HasMaxLength(64);
        model.Entity<DataProtectionKeyRow>().Property(k => k.Name).HasMaxLength(200);
    }

    private static void ModelBilling(ModelBuilder model)
    {
        model.Entity<PlanVersionRow>().Property(p => p.Id).HasMaxLength(120);
        model.Entity<PlanVersionRow>().HasIndex(p => new { p.PlanId, p.Version }).IsUnique();
        model.Entity<PlanVersionRow>().Property(p => p.PlanId).HasMaxLength(100);
        model.Entity<PolicyVersionRow>().Property(p => p.Id).HasMaxLength(120);
        model.Entity<PolicyVersionRow>().HasIndex(p => new { p.PolicyId, p.Version }).IsUnique();
        model.Entity<PolicyVersionRow>().Property(p => p.PolicyId).HasMaxLength(100);
        model.Entity<SubscriptionRow>(e =>
        {
            e.Property(s => s.PlanVersionId).HasMaxLength(120);
            e.Property(s => s.Status).HasMaxLength(20);
            e.Property(s => s.Version).IsConcurrencyToken();
            e.HasIndex(s => s.ReaderId);
            e.HasIndex(s => s.Status);
            e.HasIndex(s => new { s.ReaderId, s.LivingSlot }, "IX_Subscriptions_OneLiving").IsUnique().HasFilter(LivingFilter);
        });
        model.Entity<InvoiceRow>(e =>
        {
            e.Property(i => i.Number).HasMaxLength(100);
            e.Property(i => i.Currency).HasMaxLength(3);
            e.Property(i => i.PaymentIntentId).HasMaxLength(100);
            e.Property(i => i.Version).IsConcurrencyToken();
            e.HasIndex(i => i.Number).IsUnique();
            e.HasIndex(i => i.SubscriptionId);
            e.Property(i => i.PaymentIntentKind).HasMaxLength(40);
            e.HasIndex(i => i.PaymentIntentId).IsUnique();
            e.HasIndex(i => i.Replaces, "IX_Invoices_OneReplacement").IsUnique().HasFilter(ReplacementFilter);
            e.HasMany(i => i.Attempts).WithOne().HasForeignKey(a => a.InvoiceId);
            e.HasMany(i => i.Refunds).WithOne().HasForeignKey(r => r.InvoiceId);
            e.HasMany(i => i.CreditNotes).WithOne().HasForeignKey(n => n.InvoiceId);

            // What is due can't be said without them.
            e.Navigation(i => i.Refunds).AutoInclude();
            e.Navigation(i => i.CreditNotes).AutoInclude();
        });
        model.Entity<PaymentAttemptRow>(e =>
        {
            e.HasKey(a => new { a.InvoiceId, a.Number });
            e.Property(a => a.PaymentMethodId).HasMaxLength(100);
            e.Property(a => a.Actor).HasMaxLength(100);
            e.Property(a => a.PaymentIntentId).HasMaxLength(100);
            e.Property(a => a.ChargeSeenBefore).HasMaxLength(100);
            e.Property(a => a.ChargeId).HasMaxLength(100);
            e.Property(a => a.DeclineCode).HasMaxLength(100);
            e.Property(a => a.IssuerCode).HasMaxLength(100);
            e.Property(a => a.AdviceCode).HasMaxLength(100);
            e.Property(a => a.Note).HasMaxLength(500);
            e.HasIndex(a => new { a.PaymentMethodId, a.StartedAt });
            e.HasIndex(a => new { a.InvoiceId, a.LiveSlot }, "IX_PaymentAttempts_OneLive").IsUnique().HasFilter(LiveAttemptFilter);
        });
        model.Entity<HostedSetupRow>(e =>
        {
            e.Property(s => s.Id).HasMaxLength(100);
            e.Property(s => s.SetupIntentId).HasMaxLength(100);
            e.HasIndex(s => s.SetupIntentId).IsUnique();
            e.HasIndex(s => s.SubscriptionId);
        });
    }

    private static void ModelLimits(ModelBuilder model)
    {
        model.Entity<CardTriesRow>(e =>
        {
            e.HasKey(c => c.Card);
            e.Property(c => c.Card).HasMaxLength(100);
            e.Property(c => c.Version).IsConcurrencyToken();
        });
        model.Entity<EndingDayRow>().HasKey(d => d.Day);
        model.Entity<EndingPlaceRow>().HasKey(p => new { p.SubscriptionId, p.CaseNumber });
    }

    /// <summary>The filter of the index that allows a reader one subscription that lives.</summary>
    public const string LivingFilter = "\"LivingSlot\" IS NOT NULL";

    /// <summary>The filter of the index that allows one live attempt per invoice; every provider here understands it.</summary>
    public const string LiveAttemptFilter = "\"LiveSlot\" IS NOT NULL";

    /// <summary>The filter of the index that allows a reversed invoice one replacement.</summary>
    public const string ReplacementFilter = "\"Replaces\" IS NOT NULL";

    private static void ModelRecords(ModelBuilder model)
    {
        model.Entity<EventRow>(e =>
        {
            e.Property(v => v.Stream).HasMaxLength(100);
            e.Property(v => v.Type).HasMaxLength(60);
            e.Property(v => v.Actor).HasMaxLength(100);
            e.HasIndex(v => new { v.Stream, v.StreamVersion }).IsUnique();
            e.HasIndex(v => v.Position).IsUnique();
            e.HasIndex(v => v.Id, "IX_Events_Unpublished").HasFilter("\"Position\" IS NULL");
            e.HasIndex(v => v.SubscriptionId);
            e.HasIndex(v => v.ReaderId);
        });
        model.Entity<DueWorkRow>(e =>
        {
            e.HasKey(w => new { w.Kind, w.Id });
            e.Property(w => w.Id).HasMaxLength(160);
            e.Property(w => w.LeaseOwner).HasMaxLength(120);
            e.HasIndex(w => new { w.Kind, w.DueAt });
        });
        model.Entity<MailRow>(e =>
        {
            e.Property(m => m.Id).HasMaxLength(160);
            e.Property(m => m.LastRefusal).HasMaxLength(500);
            e.Property(m => m.FeedbackCode).HasMaxLength(100);
            e.HasIndex(m => m.SubscriptionId);
        });
        WebhookModel.Describe(model);
        model.Entity<StaffTaskRow>(e =>
        {
            e.Property(t => t.Id).HasMaxLength(200);
            e.Property(t => t.Kind).HasMaxLength(60);
            e.Property(t => t.Text).HasMaxLength(1000);
            e.HasIndex(t => t.SubscriptionId);
        });
        model.Entity<SettingsMarkRow>().HasKey(m => m.Name);
        model.Entity<SettingsMarkRow>().Property(m => m.Name).HasMaxLength(60);
        model.Entity<JobRunRow>().HasKey(j => j.Name);
        model.Entity<JobRunRow>().Property(j => j.Name).HasMaxLength(100);
        model.Entity<ApiAnswerRow>(e =>
        {
            e.HasKey(a => a.Key);
            e.Property(a => a.Key).HasMaxLength(300);
            e.Property(a => a.RequestHash).HasMaxLength(64);
        });
    }

    // Kept as UTC to the microsecond: SQLite neither compares nor sorts offsets, and servers round finer parts away.
    private sealed class UtcConverter() : ValueConverter<DateTimeOffset, DateTime>(
        value => new DateTime(value.UtcTicks - (value.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc),
        stored => new DateTimeOffset(DateTime.SpecifyKind(stored, DateTimeKind.Utc)));

    private sealed class IdConverter<TId>() : ValueConverter<TId, string>(id => id.Value, stored => Read(stored))
        where TId : struct, IId<TId>
    {
        private static TId Read(string stored) => TId.From(stored);
    }
}
