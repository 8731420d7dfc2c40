using NUnit.Framework;
using Subscriptions.Sandbox.Clock;

namespace Subscriptions.Sandbox.Tests.Clock;

[TestFixture]
public sealed class ClockAdvanceTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    private static readonly ClockAdvanceLimits Patient = new(TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(1));
    private TestFolder folder = null!;
    private SandboxClock clock = null!;

    [SetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        clock = SandboxClock.Open(folder.Path, new ManualTime(Start), keep: true);
    }

    [TearDown]
    public void TearDown()
    {
        clock.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task It_stops_at_every_due_moment_of_every_part_in_order()
    {
        var service = new Work(clock, Start.AddDays(3), Start.AddDays(1));
        var simulator = new Work(clock, Start.AddDays(2));
        using var advance = Advance(Patient, service, simulator);

        var outcome = await advance.RunAsync(new AdvanceWish.By(TimeSpan.FromDays(10)), default);

        var arrived = (AdvanceOutcome.Arrived)outcome;
        Assert.Multiple(() =>
        {
            Assert.That(service.DoneAt, Is.EqualTo(new[] { Start.AddDays(1), Start.AddDays(3) }));
            Assert.That(simulator.DoneAt, Is.EqualTo(new[] { Start.AddDays(2) }));
            Assert.That(arrived.Now, Is.EqualTo(Start.AddDays(10)));
            Assert.That(arrived.Stops, Is.EqualTo(3));
        });
    }

    [Test]
    public async Task What_is_due_beyond_the_target_waits()
    {
        var service = new Work(clock, Start.AddDays(11));
        using var advance = Advance(Patient, service);
        await advance.RunAsync(new AdvanceWish.By(TimeSpan.FromDays(10)), default);
        Assert.That(service.DoneAt, Is.Empty);
    }

    [Test]
    public async Task It_moves_only_when_nothing_is_in_flight()
    {
        var service = new Work(clock) { InFlight = true };
        using var advance = Advance(Patient, service);
        var moving = advance.RunAsync(new AdvanceWish.By(TimeSpan.FromHours(1)), default);
        await service.Asked.Task;
        var before = clock.Now;
        service.InFlight = false;
        await moving;
        Assert.That((before, clock.Now), Is.EqualTo((Start, Start.AddHours(1))));
    }

    [Test]
    public async Task A_second_move_meanwhile_is_refused()
    {
        var service = new Work(clock) { InFlight = true };
        using var advance = Advance(Patient, service);
        var moving = advance.RunAsync(new AdvanceWish.By(TimeSpan.FromHours(1)), default);
        await service.Asked.Task;
        var second = await advance.RunAsync(new AdvanceWish.By(TimeSpan.FromHours(1)), default);
        service.InFlight = false;
        await moving;
        Assert.That(second, Is.InstanceOf<AdvanceOutcome.AlreadyMoving>());
    }

    [Test]
    public async Task While_it_is_held_the_clock_is_not_moved()
    {
        using var advance = Advance(Patient);
        using (advance.TryHold())
            Assert.That(await advance.RunAsync(new AdvanceWish.By(TimeSpan.FromHours(1)), default), Is.InstanceOf<AdvanceOutcome.AlreadyMoving>());
        Assert.That(await advance.RunAsync(new AdvanceWish.By(TimeSpan.FromHours(1)), default), Is.InstanceOf<AdvanceOutcome.Arrived>());
    }

    [Test]
    public async Task A_step_that_does_not_settle_is_given_up_and_its_culprit_named()
    {
        var service = new Work(clock) { InFlight = true };
        using var advance = Advance(new ClockAdvanceLimits(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(1)), service);
        var outcome = await advance.RunAsync(new AdvanceWish.By(TimeSpan.FromHours(1)), default);
        Assert.Multiple(() =>
        {
            Assert.That(((AdvanceOutcome.Stuck)outcome).Culprit, Does.Contain("the work"));
            Assert.That(clock.Now, Is.EqualTo(Start));
        });
    }

    [Test]
    public async Task A_process_that_does_not_keep_the_clock_does_not_move_it()
    {
        using var follower = SandboxClock.Open(folder.Path, new ManualTime(Start), keep: false);
        using var advance = new ClockAdvance(follower, [], TimeProvider.System, Patient);
        Assert.That(await advance.RunAsync(new AdvanceWish.By(TimeSpan.FromHours(1)), default), Is.InstanceOf<AdvanceOutcome.NotKeeper>());
    }

    [TestCase(null, null, null)]
    [TestCase(1, 1, null)]
    [TestCase(0, null, null)]
    [TestCase(-3, null, null)]
    [TestCase(3661, null, null)]
    [TestCase(null, 0, null)]
    [TestCase(null, 87841, null)]
    [TestCase(null, null, "2026-11-22T08:59:59Z")]
    [TestCase(null, null, "2099-01-01T00:00:00Z")]
    public void A_wish_that_makes_no_sense_is_refused(int? days, int? hours, string? to)
    {
        var at = to is null ? (DateTimeOffset?)null : DateTimeOffset.Parse(to, System.Globalization.CultureInfo.InvariantCulture);
        var (wish, errors) = AdvanceWish.Read(new AdvanceRequest(days, hours, at), Start);
        Assert.That((wish, errors.Count), Is.EqualTo(((AdvanceWish?)null, 1)));
    }

    [Test]
    public void Days_hours_and_instants_are_understood() => Assert.Multiple(() =>
    {
        Assert.That(Target(new AdvanceRequest(Days: 30)), Is.EqualTo(Start.AddDays(30)));
        Assert.That(Target(new AdvanceRequest(Hours: 5)), Is.EqualTo(Start.AddHours(5)));
        Assert.That(Target(new AdvanceRequest(To: Start.AddYears(1))), Is.EqualTo(Start.AddYears(1)));
    });

    private static DateTimeOffset Target(AdvanceRequest request) => AdvanceWish.Read(request, Start).Wish!.Target(Start);

    private ClockAdvance Advance(ClockAdvanceLimits limits, params IDueMoments[] parts) => new(clock, parts, TimeProvider.System, limits);

    // Does what is due when it is nudged, and notes what time it was.
    private sealed class Work(SandboxClock clock, params DateTimeOffset[] due) : IDueMoments
    {
        private readonly List<DateTimeOffset> open = [.. due.Order()];

        public string Name => "the work";

        public bool InFlight { get; set; }

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<DateTimeOffset> DoneAt { get; } = [];

        public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset until) =>
            Task.FromResult(open.Count > 0 && open[0] <= until ? open[0] : (DateTimeOffset?)null);

        public Task<bool> BusyAsync()
        {
            Asked.TrySetResult();
            return Task.FromResult(InFlight);
        }

        public Task NudgeAsync()
        {
            while (open.Count > 0 && open[0] <= clock.Now)
            {
                DoneAt.Add(clock.Now);
                open.RemoveAt(0);
            }

            return Task.CompletedTask;
        }
    }
}
