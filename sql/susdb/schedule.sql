-- needs: tbSchedule.ScheduleTarget tbSchedule.ScheduledRunTime
SELECT ScheduledRunTime FROM tbSchedule WHERE ScheduleTarget = 1
